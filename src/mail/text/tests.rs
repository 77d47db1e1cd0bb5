use super::*;
use proptest::prelude::*;

fn new_text(text: &str) -> String {
    split(&Readable::plain(text)).new_text
}
