//! Flows as text: `tests/flow/*/*.txt`, each one behaviour, each one test by its name. `UPDATE_EXPECT=1` writes what
//! comes out anew.

mod script;
mod shown;
mod stage;
mod written;

use std::sync::Arc;

use script::{Act, Script, Step, root};
use shown::Shown;
use stage::Stage;

/// Plays a file; says what is otherwise than written, with file and line.
async fn hold(name: &str) {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let script = Script::open(name).unwrap_or_else(|wrong| panic!("{wrong}"));
    let came_out = play(&script, update).await.unwrap_or_else(|wrong| panic!("{wrong}"));
    if update {
        std::fs::write(root().join(format!("{name}.txt")), script.with(&came_out)).unwrap();
    }
}

/// What came out of each step.
///
/// Errors: where it differs from what stands there, unless all is to be written anew.
async fn play(script: &Script, update: bool) -> Result<Vec<Vec<String>>, String> {
    let mut stage = Stage::open(script).await?;
    let mut came_out = Vec::new();
    for step in &script.steps {
        if let Act::Given(name) = &step.act {
            for (given, step) in given(name)? {
                compare(&given, &step, &run(&mut stage, &given, &step).await?, update)?;
            }
        }
        let out = run(&mut stage, script, step).await?;
        compare(script, step, &out, update)?;
        came_out.push(out);
    }
    Ok(came_out)
}

/// The steps of what is given, and of what is given for that.
fn given(name: &str) -> Result<Vec<(Arc<Script>, Step)>, String> {
    let script = Arc::new(Script::open(&format!("given/{name}"))?);
    let mut steps = Vec::new();
    for step in &script.steps {
        match &step.act {
            Act::Given(name) => steps.extend(given(name)?),
            // The house is as the first file says; if that says otherwise, other things come out.
            Act::Setting { .. } => {}
            _ => steps.push((script.clone(), step.clone())),
        }
    }
    Ok(steps)
}

async fn run(stage: &mut Stage, script: &Script, step: &Step) -> Result<Vec<String>, String> {
    stage.shown = Shown::wanted(script);
    stage.play(step).await.map_err(|wrong| format!("{}:{}: {wrong}", script.file, step.line))
}

fn compare(script: &Script, step: &Step, out: &[String], update: bool) -> Result<(), String> {
    let out: Vec<&str> = out.iter().map(|line| line.trim_end()).collect();
    let wanted: Vec<&str> = step.expected.iter().map(|line| line.trim_end()).collect();
    if update || out == wanted {
        return Ok(());
    }
    let same = out.iter().zip(&wanted).take_while(|(out, wanted)| out == wanted).count();
    let said = |lines: &[&str]| lines.get(same).map_or_else(|| "nothing more".to_owned(), |line| (*line).to_owned());
    Err(format!(
        "{}:{}: wanted {}\n    came {}\nAll that came:\n{}\nUPDATE_EXPECT=1 writes it anew",
        script.file,
        step.ends + 1 + same,
        said(&wanted),
        said(&out),
        out.iter().map(|line| format!("| {line}\n")).collect::<String>()
    ))
}

/// One test for each file: `flow::text::commands::take` plays `tests/flow/commands/take.txt`.
macro_rules! flows {
    ($($theme:ident: $($name:ident)*;)*) => {
        $(mod $theme {
            $(#[tokio::test]
            async fn $name() {
                super::hold(&concat!(stringify!($theme), "/", stringify!($name)).replace('_', "-")).await;
            })*
        })*
        /// The files, as tests know them.
        const FILES: &[&str] = &[$($(concat!(stringify!($theme), "/", stringify!($name)),)*)*];
    };
}

flows! {
    answers:
        a_colleagues_case agents_vacation agents_vacation_subject among_colleagues attachments below_quotation empty
        failed_after_merge html_kept late later long_text name_of_agent note_answered note_answered_with_command
        note_in_an_invitation note_of_a_split_mail note_of_another_case note_quoted_to_contact notification_threaded
        on_behalf outdated_after_contact outdated_after_own_notes outdated_notification own_address_hidden plain
        refused_by_smarthost retried returned_after_72_hours send_and_more settled_meanwhile signature tag_right_and_off
        title_that_is_a_note two_at_once undo undo_dropped undo_mail_elsewhere undo_names_nothing undo_overtaken
        what_a_reply_does writer_left writer_lost_the_case yes_is_no_answer;
    belief:
        binding_domain channel_required colleague_at_anothers_address confirmation_too_late confirmed_after_a_colleague
        confirmed_after_answering confirmed_as_people_do confirmed_in_english confirmed_in_other_words
        confirmed_page_leads_elsewhere display_name display_name_of_a_colleague forged_results forgeries_do_not_use_up
        held_mail_blocks_no_merge inactive_user keys_rotated look_alike machines_confirm_nothing no_token
        no_token_confirmed results_of_another_server send_with_text_confirms_nothing submission
        submission_in_anothers_name submission_required token_and_from token_expired token_forged
        token_forged_beside_shared token_of_another token_of_another_case token_on_its_last_day token_revoked_by_unwatch
        token_used_by_contact token_used_by_stranger two_froms unlisted_peer written_to_somebody_else yes_and_a_denial;
    commands:
        answers_that_look_like_commands assign assign_ambiguous assign_as_programs_write below_text call category
        category_ambiguous category_unknown cc close contact contacts_have_none contradiction drop drop_with_text end
        help history html_only internal_without_slash link merge merge_undone merge_undone_by_its_doer merge_wakes
        move_mail move_mail_back note one_bad_line parts_differ priority quoted release_impossible reopen resolve send
        send_again_overtaken send_anew send_signed send_twice show signature_below signature_of_a_firm
        signature_unmarked slash_behind_a_word slash_forgotten spam spam_with_text split split_first take
        take_from_a_colleague text_below_quotation time title unassign uncc uncc_contact uncc_with_answer wait watch
        what_was_so;
    contacts:
        agent_as_contact agent_in_copy by_an_old_address found_by_body found_by_id found_by_legacy_tag found_by_own_id
        found_by_tag found_by_thread_index mail_for_colleagues member_as_contact merged_elsewhere new_cc
        old_address_after_move opening_cc our_own_never_participants outsider_shows_nobody outsider_with_id_and_subject
        owner_who_is_no_member phishing_reported reply_all_of_agent reply_all_of_agent_unproven reply_all_of_contact
        same_subject second_address_later second_address_of_nobody self_cc shared_and_anothers_token stranger_with_id
        stranger_with_tag tag_and_token two_addresses two_customers;
    control:
        answered away away_by_subject confirmed_with_text digest help list list_mine list_overdue new_for_address
        new_for_number not_proven one_bad_line quiet search show show_others_case stranger user_away_assigned;
    deadlines:
        machines_reopen_nothing quiet_hours quiet_hours_lost_the_case quiet_hours_urgent reopened_within_14_days
        waiting_ended_by_contact waiting_runs_out;
    given:
        a_case a_checked_case answered overtaken two_cases;
    kinds:
        acknowledgement_budget acknowledgement_off acknowledgement_unverified another_ticket_system bounce_delayed
        bounce_forged bounce_of_answer bounce_of_notification bulk calendar duplicate duplicate_of_a_merge encrypted
        list null_sender our_own_mail postmaster read_receipt same_id_more_text same_id_other_content
        through_a_list_and_direct unreadable vacation vacation_in_words vacation_without_a_case words_in_the_page_alone;
    languages:
        bokmaal english nynorsk;
}

#[test]
fn each_file_is_a_test() {
    let mut there = Vec::new();
    for theme in std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&theme).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(root()).unwrap().with_extension("");
            there.push(name.to_string_lossy().replace('-', "_"));
        }
    }
    there.sort();
    let mut listed: Vec<&str> = FILES.to_vec();
    listed.sort_unstable();
    assert_eq!(there, listed, "the list is in tests/it/flow/text.rs");
    assert!(there.len() >= 85, "{} flows", there.len());
}

const SAID: &str = "# Something that holds, in a sentence.\n\n";

#[test]
fn a_script_that_says_nothing_or_nonsense_is_an_error() {
    for (text, wrong) in [
        ("Kåre writes to orakel@\n    Hei\n", "x.txt:1: begins with what must hold"),
        (&format!("{SAID}| new HV-1\n"), "x.txt:3: an expectation before the first step"),
        (&format!("{SAID}    Hei\n"), "x.txt:3: a mail before the first step"),
        (&format!("{SAID}Kåre sings\n"), "x.txt:3: not understood"),
        (&format!("{SAID}Kåre writes\n"), "x.txt:3: not understood"),
        (&format!("{SAID}later 3 weeks\n"), "x.txt:3: not understood"),
        (&format!("{SAID}colour: blue\n"), "x.txt:3: not understood"),
        (&format!("{SAID}Ola answers loudly twice\n"), "x.txt:3: not understood"),
        (&format!("{SAID}later 3 d\n    Hei\n"), "x.txt:3: nobody writes here"),
        (&format!("{SAID}Kåre writes to orakel@\n| new HV-1\n    Hei\n"), "x.txt:5: a mail after what came out"),
        (&format!("{SAID}given a-case\n"), "x.txt:1: nothing happens"),
    ] {
        let found = Script::read("x.txt".to_owned(), text.to_owned()).err().unwrap_or_default();
        assert!(found.starts_with(wrong), "{found:?} for {text}");
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_played_is_an_error() {
    for (text, wrong) in [
        ("Ole writes to orakel@\n    Hei\n", "x.txt:3: nobody is called Ole"),
        ("Kåre writes to orakle@\n    Hei\n", "x.txt:3: there is no orakle@"),
        ("Ola answers\n    Hei\n", "x.txt:3: Ola has got no such mail"),
        ("Kåre writes to orakel@\n    {secret of Ola}\n", "x.txt:3: Ola has got no such mail"),
        ("Kåre writes to orakel@\n    {oops}\n", "x.txt:3: nothing is called {oops}"),
        ("Kåre writes to orakel@\n    shout: yes\n\n    Hei\n", "x.txt:3: unknown: shout: yes"),
        ("Kåre sends it again\n", "x.txt:3: Kåre has written nothing"),
        ("later 1 d\nundo: 60 s\n", "x.txt:4: how the house is stands at the top"),
        ("undo: never\nlater 1 d\n", "x.txt:3: there is no such setting"),
        ("given nothing\nlater 1 d\n", "tests/flow/given/nothing.txt: "),
        ("category cellar: tag = \"off\"\n", "x.txt:3: the directory has no"),
    ] {
        let found = played(&format!("{SAID}{text}")).await.unwrap_err();
        assert!(found.starts_with(wrong), "{found:?} for {text}");
    }
}

#[tokio::test]
async fn nothing_that_is_not_listed_passes() {
    const FIRST: &str = include_str!("../../flow/given/a-case.txt");
    assert_eq!(played(FIRST).await, Ok(()));
    let lines = FIRST.lines().filter(|line| line.starts_with('|')).count();
    for left_out in 0..lines {
        let mut at = 0;
        let less = FIRST.lines().filter(|line| {
            at += usize::from(line.starts_with('|'));
            !line.starts_with('|') || at != left_out + 1
        });
        let less = less.map(|line| format!("{line}\n")).collect::<String>();
        let found = played(&less).await.unwrap_err();
        assert!(found.starts_with("x.txt:") && found.contains("wanted"), "{found}");
    }
    let more = played(&format!("{FIRST}| answer to Frank: [HV-1] x\n")).await.unwrap_err();
    assert!(more.contains("wanted answer to Frank") && more.contains("came nothing more"), "{more}");
}

async fn played(text: &str) -> Result<(), String> {
    let script = Script::read("x.txt".to_owned(), text.to_owned())?;
    play(&script, false).await.map(drop)
}
