//! From the text of a rubric file to a pack, or to everything that is wrong with it.
//!
//! Knows the keys of `rubrics/SCHEMA.md`. Gives back a pack only where nothing is wrong: a program that
//! scores people does not guess what an author meant.

use super::diagnostic::{Diagnostic, Position, Report};
use super::section::{At, Keys, Section};
use super::{Criterion, Kind, Level, Mistake, Pack, Question, Rubric, syntax};
use crate::help::corrections::{Correction, Corrections};
use crate::ids::{CriterionId, PackId, QuestionId};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use toml::de::DeTable;

const FILE_KEYS: Keys = &["pack", "correction", "question"];
const CORRECTION_KEYS: Keys = &["heard", "meant"];
const PACK_KEYS: Keys = &["id", "title", "about", "licence", "version", "sources"];
const QUESTION_KEYS: Keys = &[
    "id",
    "ask",
    "topic",
    "level",
    "kind",
    "seconds",
    "code",
    "hint",
    "model_answer",
    "related",
    "sources",
    "criterion",
    "mistake",
    "anchors",
];
const CRITERION_KEYS: Keys = &["id", "says", "weight", "required", "listen", "order", "within", "probe"];
const MISTAKE_KEYS: Keys = &["says", "listen", "order", "within", "cost", "instead"];

const LEVELS: &[(&str, Level)] = &[("junior", Level::Junior), ("mid", Level::Mid), ("senior", Level::Senior)];
const KINDS: &[(&str, Kind)] = &[
    ("technical", Kind::Technical),
    ("behavioural", Kind::Behavioural),
    ("code", Kind::Code),
    ("design", Kind::Design),
];

/// Seconds of an answer where a question does not say.
const DEFAULT_SECONDS: u32 = 120;
/// Points a mistake takes where it does not say.
const DEFAULT_COST: f64 = 20.0;
/// The highest weight, so that no slip of a digit makes all other criteria nothing.
const MOST_WEIGHT: f64 = 100.0;

/// Reads a pack; `file` is only its name in messages.
///
/// # Errors
/// All that is wrong with the file, in the order of the file.
pub fn load(text: &str, file: &str) -> Result<Pack, Vec<Diagnostic>> {
    load_with_places(text, file).map(|(pack, _)| pack)
}

/// Where the ids of a pack stand, for what only shows beside other packs.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    pub(super) pack: Position,
    pub(super) questions: Vec<Position>,
    /// Of each question, each of its related ids.
    pub(super) related: Vec<Vec<Position>>,
}

pub(super) fn load_with_places(text: &str, file: &str) -> Result<(Pack, Places), Vec<Diagnostic>> {
    let mut report = Report::new(file, text);
    let readable = syntax::readable(text, &mut report);
    let table = syntax::parse(&readable, &mut report);
    let read = read_pack(table.get_ref(), &mut report);
    match read {
        Some(read) if report.found.is_empty() => Ok(read),
        _ => {
            let mut found = report.found;
            found.sort_by_key(|one| (one.line, one.column));
            found.dedup();
            Err(found)
        }
    }
}

fn read_pack(table: &DeTable<'_>, report: &mut Report<'_>) -> Option<(Pack, Places)> {
    let file = Section::open("a rubric file", 0, table, FILE_KEYS, report);
    let head = file
        .table("pack", "pack", report)
        .map(|(at, table)| Section::open("[pack]", at, table, PACK_KEYS, report));
    if head.is_none() {
        file.missing("pack", "[pack] with id, title, licence and version", report);
    }
    let id = head.and_then(|head| head.needs_id::<PackId>("id", report));
    let title = head.and_then(|head| head.needs_text("title", report));
    let about = head.and_then(|head| head.text("about", report));
    let licence = head.and_then(|head| head.needs_text("licence", report));
    let version = head.map_or(1, |head| head.whole("version", 1, 1_000_000, report).unwrap_or(1));
    let sources = head.map_or_else(Vec::new, |head| head.texts("sources", report));

    let corrections = read_corrections(&file, id.as_ref().map(|id| &id.value), report);
    let tables = file.tables("question", "question", report);
    if tables.is_empty() && report.unreadable.is_empty() {
        report.add(0, "the file has no question", "[[question]] and its keys below");
    }
    // Without a pack id the questions are still read, for what is wrong with them.
    let pack = id.as_ref().map_or_else(unknown_pack, |id| id.value.clone());
    let mut seen = HashMap::new();
    let read: Vec<Option<(Question, usize, Vec<usize>)>> = tables
        .into_iter()
        .map(|(at, table)| {
            let section = Section::open("[[question]]", at, table, QUESTION_KEYS, report);
            read_question(&section, &pack, &mut seen, report)
        })
        .collect();
    let read: Vec<_> = read.into_iter().collect::<Option<_>>()?;

    let mut places = Places::default();
    let mut questions = Vec::new();
    for (question, at, related) in read {
        places.questions.push(report.lines.position(at));
        places.related.push(related.into_iter().map(|at| report.lines.position(at)).collect());
        questions.push(question);
    }
    let id = id?;
    places.pack = report.lines.position(id.at);
    Some((
        Pack {
            id: id.value,
            title: title?.value,
            about: about.map_or_else(String::new, |about| about.value),
            licence: licence?.value,
            version,
            sources: sources.into_iter().map(|source| source.value).collect(),
            corrections,
            questions,
        },
        places,
    ))
}

fn read_corrections(
    file: &Section<'_, '_>,
    pack: Option<&PackId>,
    report: &mut Report<'_>,
) -> Vec<Correction> {
    let mut read = Corrections::default();
    for (at, table) in file.tables("correction", "correction", report) {
        let section = Section::open("[[correction]]", at, table, CORRECTION_KEYS, report);
        let (heard, meant) = (section.needs_text("heard", report), section.needs_text("meant", report));
        let (Some(heard), Some(meant)) = (heard, meant) else { continue };
        // Within its pack an ordinary word may be corrected, so the pack is named.
        let within = pack.cloned().unwrap_or_else(unknown_pack);
        let added = Correction::new(&heard.value, &meant.value, Some(within)).and_then(|one| read.add(one));
        if let Err(error) = added {
            report.add(heard.at, error.to_string(), "heard = \"eye and potent\" and meant = \"idempotent\"");
        }
    }
    read.all
}

/// Stands in for the id of a pack whose own could not be read; such a pack is never given back.
fn unknown_pack() -> PackId {
    PackId::try_from("unknown".to_owned()).expect("a lower-case word is an id")
}

fn read_question(
    section: &Section<'_, '_>,
    pack: &PackId,
    seen: &mut HashMap<QuestionId, usize>,
    report: &mut Report<'_>,
) -> Option<(Question, usize, Vec<usize>)> {
    let id = section.needs_id::<QuestionId>("id", report);
    if let Some(id) = &id {
        unique("question", id, seen, report);
    }
    let ask = section.needs_text("ask", report);
    let topic = section.needs_text("topic", report);
    let level = section.one_of("level", LEVELS, report).unwrap_or(Level::Mid);
    let kind = section.one_of("kind", KINDS, report).unwrap_or(Kind::Technical);
    let seconds = section.whole("seconds", 10, 1800, report).unwrap_or(DEFAULT_SECONDS);
    let code = section.text("code", report);
    let hint = section.text("hint", report);
    let model_answer = section.needs_text("model_answer", report);
    let sources = section.texts("sources", report);
    let related = section.ids::<QuestionId>("related", report);
    for other in &related {
        if id.as_ref().is_some_and(|id| id.value == other.value) {
            report.add(
                other.at,
                "the question names itself as related",
                "the id of another question, or leave it out",
            );
        }
    }

    let mut ids = HashMap::new();
    let tables = section.tables("criterion", "question.criterion", report);
    if tables.is_empty() && report.unreadable.is_empty() {
        report.add(
            section.at(),
            "the question has no criterion",
            "[[question.criterion]] with id, says and listen",
        );
    }
    let criteria: Vec<Option<Criterion>> = tables
        .into_iter()
        .map(|(at, table)| {
            let section = Section::open("[[question.criterion]]", at, table, CRITERION_KEYS, report);
            read_criterion(&section, &mut ids, report)
        })
        .collect();
    let mistakes: Vec<Option<Mistake>> = section
        .tables("mistake", "question.mistake", report)
        .into_iter()
        .map(|(at, table)| {
            let section = Section::open("[[question.mistake]]", at, table, MISTAKE_KEYS, report);
            read_mistake(&section, report)
        })
        .collect();
    let anchors = section.table("anchors", "question.anchors", report);
    let anchors = anchors.map_or_else(BTreeMap::new, |(at, table)| read_anchors(at, table, report));

    let id = id?;
    let question = Question {
        id: id.value,
        pack: pack.clone(),
        ask: ask?.value,
        topic: topic?.value,
        level,
        kind,
        seconds,
        code: code.map(|code| code.value),
        hint: hint.map(|hint| hint.value),
        model_answer: model_answer?.value,
        related: related.iter().map(|other| other.value.clone()).collect(),
        sources: sources.into_iter().map(|source| source.value).collect(),
        rubric: Rubric {
            criteria: criteria.into_iter().collect::<Option<_>>()?,
            mistakes: mistakes.into_iter().collect::<Option<_>>()?,
            anchors,
        },
    };
    Some((question, id.at, related.into_iter().map(|other| other.at).collect()))
}

fn read_criterion(
    section: &Section<'_, '_>,
    seen: &mut HashMap<CriterionId, usize>,
    report: &mut Report<'_>,
) -> Option<Criterion> {
    let id = section.needs_id::<CriterionId>("id", report);
    if let Some(id) = &id {
        unique("criterion", id, seen, report);
    }
    let says = section.needs_text("says", report);
    let weight = section.number("weight", 0.01, MOST_WEIGHT, report).unwrap_or(1.0);
    let required = section.flag("required", report);
    let listen = section.listen(report);
    let order = section.flag("order", report);
    let within = section.whole("within", 1, 500, report);
    let probe = section.text("probe", report);
    Some(Criterion {
        id: id?.value,
        says: says?.value,
        weight,
        required,
        listen: listen?,
        order,
        within,
        probe: probe.map(|probe| probe.value),
    })
}

fn read_mistake(section: &Section<'_, '_>, report: &mut Report<'_>) -> Option<Mistake> {
    let says = section.needs_text("says", report);
    let listen = section.listen(report);
    let order = section.flag("order", report);
    let within = section.whole("within", 1, 500, report);
    let cost = section.number("cost", 0.01, 100.0, report).unwrap_or(DEFAULT_COST);
    let instead = section.text("instead", report);
    Some(Mistake {
        says: says?.value,
        listen: listen?,
        order,
        within,
        cost,
        instead: instead.map_or_else(String::new, |instead| instead.value),
    })
}

fn read_anchors(at: usize, table: &DeTable<'_>, report: &mut Report<'_>) -> BTreeMap<u8, String> {
    const LEVELS: Keys = &["1", "2", "3", "4", "5"];
    let section = Section::open("[question.anchors]", at, table, LEVELS, report);
    let mut anchors = BTreeMap::new();
    for (key, _) in section.entries() {
        let known = LEVELS.iter().zip(1_u8..).find(|(level, _)| **level == key.get_ref().as_ref());
        if let Some((key, level)) = known
            && let Some(text) = section.text(key, report)
        {
            anchors.insert(level, text.value);
        }
    }
    anchors
}

/// Reports an id that was given before.
fn unique<T: Clone + Eq + Hash + std::fmt::Display>(
    what: &str,
    id: &At<T>,
    seen: &mut HashMap<T, usize>,
    report: &mut Report<'_>,
) {
    match seen.get(&id.value) {
        Some(&first) => {
            let line = report.lines.position(first).line;
            report.add(
                id.at,
                format!("another {what} has the id \"{}\" already, in line {line}", id.value),
                format!("an id of its own, such as \"{}-2\"", id.value),
            );
        }
        None => {
            seen.insert(id.value.clone(), id.at);
        }
    }
}
