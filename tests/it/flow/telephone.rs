//! Cases of people who called: whom nobody can answer by mail is to be called.

use super::{all_to, house, mail, submit};
use crate::kit::house::{DIRECTORY, Sent, to};

const OLA: &str = "ola@uni.example";
const KARI: &str = "kari@uni.example";
const CONTROL: &str = "henvend@svar.example";

fn holds(sent: &Sent, parts: &[&str]) {
    let text = sent.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    parts.iter().for_each(|part| assert!(text.contains(part), "{part}\n{}", sent.mail.text));
}

#[tokio::test]
async fn whoever_cannot_be_answered_is_to_be_called() {
    for (language, written, fact, verdict) in [
        ("nb", "+4791234567", "Telefon: 912 34 567", "Ring 912 34 567, og skriv så /notat øverst"),
        ("nn", "912 34 567", "Telefon: 912 34 567", "Ring 912 34 567, og skriv så /notat øvst"),
        ("en", "91234567", "Telephone: +47 912 34 567", "Call +47 912 34 567, then write /note"),
        ("nb", "+46 8 123 456", "Telefon: +46 8 123 456", "Ring +46 8 123 456, og skriv så"),
    ] {
        let house = house().await;
        let directory = DIRECTORY.replace("at.uni = {}", &format!("language = \"{language}\"\nat.uni = {{}}"));
        house.apply(&directory).await.unwrap();
        submit(&house, OLA, &[CONTROL], &mail("1", OLA, "", "", &format!("new orakel for {written}\nNoen ringte.")))
            .await;
        let first = house.send().await;
        holds(to(&first, KARI), &[fact]);
        let reply = mail("2", KARI, "Re: x", "", "Hei, prøv nå.");
        assert_eq!(house.deliver(KARI, &[&to(&first, KARI).reply_to()], &reply).await, [("held", 2)]);
        holds(to(&house.send().await, KARI), &[verdict, "Hei, prøv nå."]);
        let note = mail("3", KARI, "Re: x", "", "/note\nRingt tilbake.");
        assert_eq!(house.deliver(KARI, &[&to(&first, KARI).reply_to()], &note).await, [("added", 2)]);
        let take = mail("4", KARI, "Re: x", "", "/take");
        house.deliver(KARI, &[&to(&first, KARI).reply_to()], &take).await;
        let later = house.send().await;
        assert_eq!(all_to(&later, OLA).len(), 2);
        all_to(&later, OLA).into_iter().for_each(|told| holds(told, &[fact]));
    }
}
