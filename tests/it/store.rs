//! The promises of `Store`, on every store; what both do with the same random work; what redb alone must do.

use crate::kit::place::{InMemory, OnDisk};
use crate::kit::promise;

macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                promise::$promise(&InMemory::default()).await;
            })*
        }

        mod redb {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                promise::$promise(&OnDisk::new()).await;
            })*
        }
    };
}

promises!(
    a_change_is_there_whole_and_stays,
    a_change_out_of_order_is_refused_whole,
    two_cases_of_one_change_are_numbered_in_order,
    decisions_see_what_was_committed_before_them,
    more_than_a_batch_at_once,
    the_last_run_of_a_decision_counts,
    a_change_of_nothing_answers_and_leaves_nothing,
    mails_are_known_again,
    merged_cases_bring_their_targets,
    keys_beyond_the_limit_are_not_looked_at,
    letters_are_leased_to_one_at_a_time,
    a_lease_is_named_until_another_or_a_change,
    letters_leave_the_queue_or_stop,
    leases_end_with_the_process,
    deadlines_come_in_order_and_are_forgotten,
    whoever_waits_is_told_of_work,
    counters_count_and_stay,
    the_directory_keeps_its_history,
    pages_follow_each_other,
    raw_mail_comes_back_byte_for_byte,
    a_spoilt_raw_mail_is_not_handed_out,
);
