//! An invitation as two lines: what, when, where, by whom (RFC 5545, RFC 5546).
//!
//! No library's: they build whole calendars, with rules and time zones, and refuse all of one in which a line is wrong.
//! Here a few values are shown as they stand; times stay in the zone that they are written in.

use jiff::civil::{Date, DateTime, Time};

/// Longest calendar that is read, in octets.
const BYTES_MAX: usize = 256 * 1024;
/// Most lines of a summary.
pub const SUMMARY_LINES_MAX: usize = 2;
/// Longest value shown, in signs.
const VALUE_CHARS_MAX: usize = 300;

/// The first event of a calendar, in words; `None` where there is none.
///
/// Shape:  `[calendar request] title`, below it what is known of time, place and organiser, with ` · ` between.
pub fn summary(calendar: &str) -> Option<String> {
    let cut = calendar.floor_char_boundary(BYTES_MAX);
    let event =
        Event::read(&unfolded(&calendar[..cut])).filter(|event| event.title.is_some() || event.start.is_some())?;
    let title = event.title.as_deref().unwrap_or("–");
    let method = event.method.as_deref().map(|method| format!(" {method}")).unwrap_or_default();
    let answer = event.answer.as_deref().filter(|_| method == " reply").map(|a| format!(": {a}")).unwrap_or_default();
    let details: Vec<String> = [event.when(), event.place, event.organiser].into_iter().flatten().collect();
    Some(format!("[calendar{method}{answer}] {title}\n{}", details.join(" · ")).trim_end().to_owned())
}

/// Does a line of a text begin the summary of an answer to an invitation?
pub fn is_answer(line: &str) -> bool {
    line.starts_with("[calendar reply")
}

/// What is shown of an event.
#[derive(Default)]
struct Event {
    method: Option<String>,
    title: Option<String>,
    start: Option<Moment>,
    end: Option<Moment>,
    lasts: Option<jiff::Span>,
    place: Option<String>,
    organiser: Option<String>,
    /// What the one attendee of an answer says.
    answer: Option<String>,
    repeats: Option<String>,
}

impl Event {
    /// Reads the first event; what stands in other components is about something else.
    fn read(lines: &str) -> Option<Self> {
        let (mut event, mut open, mut found): (Self, Vec<String>, bool) = (Self::default(), Vec::new(), false);
        const DEPTH_MAX: usize = 20;
        for line in lines.lines().filter_map(Line::read) {
            let inside = open.last().map(String::as_str);
            match (line.name.as_str(), inside) {
                ("BEGIN", _) if open.len() < DEPTH_MAX => open.push(line.value.trim().to_ascii_uppercase()),
                ("END", Some("VEVENT")) if found => return Some(event),
                ("END", _) => drop(open.pop()),
                ("METHOD", Some("VCALENDAR")) => event.method = line.text().map(|method| method.to_lowercase()),
                (_, Some("VEVENT")) => {
                    found = true;
                    event.take(&line);
                }
                _ => {}
            }
        }
        found.then_some(event)
    }

    fn take(&mut self, line: &Line<'_>) {
        match line.name.as_str() {
            "SUMMARY" => self.title = line.text(),
            "DTSTART" => self.start = Moment::read(line),
            "DTEND" | "DUE" => self.end = Moment::read(line),
            "DURATION" => self.lasts = line.value.trim().parse().ok(),
            "LOCATION" => self.place = line.text(),
            "ORGANIZER" => self.organiser = line.person(),
            "ATTENDEE" => self.answer = line.parameter("PARTSTAT").map(str::to_lowercase),
            "RRULE" => {
                let rule = line.value.split(';').find_map(|part| part.strip_prefix("FREQ="));
                self.repeats = rule.map(|rule| shown(&rule.to_lowercase()));
            }
            _ => {}
        }
    }

    fn when(&self) -> Option<String> {
        let start = self.start.as_ref()?;
        let end = match (&self.end, self.lasts) {
            (Some(end), _) => Some(end.clone()),
            (None, Some(span)) => start.at.checked_add(span).ok().map(|at| Moment { at, ..start.clone() }),
            (None, None) => None,
        };
        let mut out = start.shown();
        if let Some(end) = end.filter(|end| end.at > start.at || end.zone != start.zone) {
            let until = end.until(start);
            if !until.is_empty() {
                out = format!("{out} – {until}");
            }
        }
        let zone = start.zone.as_deref().filter(|_| !start.whole_day);
        let zone = zone.map(|zone| format!(" ({zone})")).unwrap_or_default();
        let repeats = self.repeats.as_deref().map(|rule| format!(", {rule}")).unwrap_or_default();
        Some(format!("{out}{zone}{repeats}"))
    }
}

/// A moment as it is written: on somebody's clock.
#[derive(Clone)]
struct Moment {
    at: DateTime,
    whole_day: bool,
    zone: Option<String>,
}

impl Moment {
    fn read(line: &Line<'_>) -> Option<Self> {
        let value = line.value.trim();
        let (clock, zone) = match value.strip_suffix('Z') {
            Some(clock) => (clock, Some("UTC".to_owned())),
            None => (value, line.parameter("TZID").map(shown)),
        };
        let (day, time) = clock.split_once('T').map_or((clock, None), |(day, time)| (day, Some(time)));
        let day = Date::strptime("%Y%m%d", day).ok()?;
        let time = time.and_then(|time| Time::strptime("%H%M%S", time).ok());
        Some(Self { at: day.to_datetime(time.unwrap_or(Time::midnight())), whole_day: time.is_none(), zone })
    }

    fn shown(&self) -> String {
        self.at.strftime(if self.whole_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string()
    }

    /// As the end of something: the day only where it is another, the zone only where it is another.
    fn until(&self, start: &Self) -> String {
        if self.whole_day {
            // RFC 5545 §3.6.1: the end is the first moment behind it.
            let last = self.at.checked_sub(jiff::Span::new().days(1)).ok();
            return last
                .filter(|last| *last > start.at)
                .map(|last| last.strftime("%Y-%m-%d").to_string())
                .unwrap_or_default();
        }
        let same_day = self.at.date() == start.at.date();
        let clock = self.at.strftime(if same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string();
        match &self.zone {
            Some(zone) if self.zone != start.zone => format!("{clock} {zone}"),
            _ => clock,
        }
    }
}

/// `NAME;PARAMETER=value:VALUE` (RFC 5545 §3.1).
struct Line<'a> {
    name: String,
    parameters: &'a str,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let end = line.find([';', ':'])?;
        let (name, rest) = line.split_at(end);
        let mut quoted = false;
        let colon = rest.bytes().position(|octet| {
            quoted ^= octet == b'"';
            octet == b':' && !quoted
        })?;
        Some(Self {
            name: name.trim().to_ascii_uppercase(),
            parameters: rest[..colon].trim_start_matches(';'),
            value: &rest[colon + 1..],
        })
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.split(';').find_map(|parameter| {
            let (found, value) = parameter.split_once('=')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
        })
    }

    /// The value, its escapes read (RFC 5545 §3.3.11), on one line; `None` when it is blank.
    fn text(&self) -> Option<String> {
        let (mut out, mut escaped) = (String::with_capacity(self.value.len()), false);
        for sign in self.value.chars() {
            match sign {
                'n' | 'N' if escaped => out.push(' '),
                '\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                _ => out.push(sign),
            }
            escaped = false;
        }
        Some(shown(&out)).filter(|text| !text.is_empty())
    }

    /// `CN="Name":mailto:address`
    fn person(&self) -> Option<String> {
        let value = self.value.trim();
        let has_scheme = value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let address = shown(if has_scheme { &value[7..] } else { value });
        match self.parameter("CN").map(shown).filter(|name| !name.is_empty() && *name != address) {
            Some(name) => Some(format!("{name} <{address}>")),
            None => Some(address).filter(|address| !address.is_empty()),
        }
    }
}

/// As one line of bounded length, without controls.
fn shown(text: &str) -> String {
    let plain: String =
        text.chars().take(VALUE_CHARS_MAX).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines that go on in the next one, which begins with a blank, are put together (RFC 5545 §3.1).
fn unfolded(calendar: &str) -> String {
    let mut out = String::with_capacity(calendar.len());
    for line in calendar.lines() {
        match line.strip_prefix([' ', '\t']) {
            Some(rest) => out.push_str(rest),
            None => {
                out.push('\n');
                out.push_str(line);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
