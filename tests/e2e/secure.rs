//! henvend and its smarthost by TLS.

use crate::conversation::{KARI, inquiry};
use crate::kit::place::{Place, STUDY};
use crate::kit::setting::{Setting, Way};

#[test]
fn mail_leaves_by_tls_to_the_mail_server_that_the_certificate_names() {
    let place = Place::open_as(Setting { way: Way::Verified, ..Setting::default() });
    place.send(KARI.1, &[STUDY], &inquiry(KARI, "kari-1", STUDY, "Lån av utstyr").bytes());
    let acknowledgement = place.sink.newest(KARI.1, 1);
    let way = acknowledgement.fields("Received").join("\n");
    assert!(way.contains("(using TLSv1.3 "), "not by TLS:\n{way}");
    place.close();
}
