//! Measures import against the labels in the folder `VIVA_SHARED` names.
//!
//! `VIVA_SHARED=../shared cargo run --release -p viva-import --example measure`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool, run by hand")]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use viva_import::outcome::{Import, Part};

fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|l| head.iter().zip(l.split('\t')).map(|(h, c)| ((*h).to_owned(), c.to_owned())).collect())
        .collect()
}

fn main() {
    let Some(shared) = std::env::var_os("VIVA_SHARED").map(PathBuf::from) else {
        println!("Set VIVA_SHARED to the folder with seeds and gold labels.");
        return;
    };
    let verbose = std::env::args().any(|a| a == "-v");
    list(&shared, verbose);
    guide(&shared, verbose);
}

fn num(row: &HashMap<String, String>, key: &str) -> u32 {
    row.get(key).and_then(|v| v.parse().ok()).unwrap_or(0)
}

fn list(shared: &Path, verbose: bool) {
    let text = std::fs::read_to_string(shared.join("seeds/interview-questions.txt")).unwrap();
    let start = std::time::Instant::now();
    let import = viva_import::read(viva_import::Source {
        bytes: text.as_bytes(),
        name: Some("seed.txt"),
        format: None,
    })
    .unwrap();
    println!("list: {} questions in {:?}", import.questions.len(), start.elapsed());
    let gold = rows(&shared.join("gold/interview-questions.questions.tsv"));
    let optional = |r: &HashMap<String, String>| r["note"].contains("optional");
    let of = |kind: &str| gold.iter().filter(|r| r["kind"] == kind).collect::<Vec<_>>();
    let mains: HashSet<u32> = of("main").iter().filter(|r| !optional(r)).map(|r| num(r, "line")).collect();
    let free: HashSet<u32> = gold.iter().filter(|r| optional(r)).map(|r| num(r, "line")).collect();
    let notq: HashSet<u32> = of("notq").iter().map(|r| num(r, "line")).collect();
    let mut found: HashSet<u32> = HashSet::new();
    for q in import.questions.iter().filter(|q| q.kind != Part::Followup) {
        found.insert(q.line);
        found.extend(&q.also_lines);
    }
    let hit = found.intersection(&mains).count();
    let counted = found.iter().filter(|l| !free.contains(l)).count();
    println!(
        "  main: precision {:.3} ({hit}/{counted}) recall {:.3} ({hit}/{})",
        hit as f64 / counted as f64,
        hit as f64 / mains.len() as f64,
        mains.len()
    );
    let wrong: Vec<u32> = import.questions.iter().map(|q| q.line).filter(|l| notq.contains(l)).collect();
    println!("  notq taken: {:.3} {wrong:?}", wrong.len() as f64 / notq.len() as f64);
    let follow: HashSet<u32> = of("followup").iter().map(|r| num(r, "line")).collect();
    let found_follow: HashSet<u32> =
        import.questions.iter().filter(|q| q.kind == Part::Followup).map(|q| q.line).collect();
    println!(
        "  followups: {}/{} of them, extra {:?}",
        found_follow.intersection(&follow).count(),
        follow.len(),
        found_follow.difference(&follow).collect::<Vec<_>>()
    );
    // Answer lines to the right question.
    let (mut right, mut all) = (0, 0);
    let mut by_row: Vec<(u32, u32)> = Vec::new();
    for r in gold.iter().filter(|r| r["kind"] != "notq") {
        let mut ok = 0;
        let (a, b) = (num(r, "line"), num(r, "end_line"));
        for line in a + 1..=b {
            if text.lines().nth(line as usize - 1).unwrap().trim().is_empty() {
                continue;
            }
            let owner = import
                .questions
                .iter()
                .filter(|q| q.line <= line && line <= q.end_line)
                .map(|q| q.line)
                .max();
            all += 1;
            if owner == Some(a) {
                right += 1;
                ok += 1;
            }
        }
        if ok < b - a {
            by_row.push((a, b - a - ok));
        }
    }
    println!("  answer lines: {:.3} ({right}/{all})  lost {by_row:?}", right as f64 / all as f64);
    if verbose {
        let mut missing: Vec<_> = mains.difference(&found).collect();
        missing.sort();
        println!("  missing {missing:?}");
        for q in &import.questions {
            let mark = if mains.contains(&q.line) {
                " "
            } else if free.contains(&q.line) {
                "o"
            } else if follow.contains(&q.line) {
                "f"
            } else {
                "X"
            };
            println!(
                "  {mark} {}-{} {:?} {:.2} [{}] {} | {}",
                q.line,
                q.end_line,
                q.kind,
                q.confidence,
                q.topic.clone().unwrap_or_default(),
                q.ask.chars().take(90).collect::<String>(),
                q.why
            );
        }
        for l in &import.left_out {
            println!("  left {}-{} {}", l.line, l.end_line, l.why);
        }
        println!("  {:?}", import.warnings);
    }
    points(&import, &rows(&shared.join("gold/interview-questions.points.tsv")), verbose);
    accounted(&text, &import);
    scored(&import);
}

fn guide(shared: &Path, verbose: bool) {
    let text = std::fs::read_to_string(shared.join("seeds/interview-guide.txt")).unwrap();
    let start = std::time::Instant::now();
    let import = viva_import::read(viva_import::Source {
        bytes: text.as_bytes(),
        name: Some("seed.txt"),
        format: None,
    })
    .unwrap();
    println!("guide: {} questions in {:?}", import.questions.len(), start.elapsed());
    let gold = rows(&shared.join("gold/interview-guide.units.tsv"));
    let want: HashSet<u32> = gold.iter().map(|r| num(r, "line")).collect();
    let found: HashSet<u32> = import.questions.iter().map(|q| q.line).filter(|l| *l <= 813).collect();
    let hit = found.intersection(&want).count();
    println!(
        "  units: precision {:.3} recall {:.3}",
        hit as f64 / found.len() as f64,
        hit as f64 / want.len() as f64
    );
    if verbose {
        let mut missing: Vec<_> = want.difference(&found).collect();
        missing.sort();
        println!("  missing {missing:?}");
        for q in &import.questions {
            let mark = if want.contains(&q.line) {
                " "
            } else if q.line > 813 {
                "?"
            } else {
                "X"
            };
            println!(
                "  {mark} {}-{} {:?} {:.2} [{}] {} | {}",
                q.line,
                q.end_line,
                q.kind,
                q.confidence,
                q.topic.clone().unwrap_or_default(),
                q.ask.chars().take(100).collect::<String>(),
                q.why
            );
        }
        for l in &import.left_out {
            println!("  left {}-{} {}", l.line, l.end_line, l.why);
        }
    }
    points(&import, &rows(&shared.join("gold/interview-guide.points.tsv")), verbose);
    accounted(&text, &import);
    scored(&import);
}

/// How a derived rubric scores its own model answer, and those of the other questions.
fn scored(import: &Import) {
    let id = "measured".parse().unwrap();
    let pack = viva_import::to_pack(std::slice::from_ref(import), &id, "Measured").unwrap();
    let scorer = viva_core::scoring::Scorer::shared();
    let prepared: Vec<_> = pack.questions.iter().map(|q| scorer.prepare(q)).collect();
    let said: Vec<_> = pack
        .questions
        .iter()
        .map(|q| viva_core::transcript::Transcript::typed(q.model_answer.clone()))
        .collect();
    let own: Vec<f64> = prepared.iter().zip(&said).map(|(p, t)| p.assess(t).score).collect();
    let mut others: Vec<f64> = Vec::new();
    for (i, p) in prepared.iter().enumerate() {
        others.extend(
            said.iter()
                .enumerate()
                .filter(|(j, _)| *j != i && (i + j) % 7 == 0)
                .map(|(_, t)| p.assess(t).score),
        );
    }
    others.sort_by(f64::total_cmp);
    let low: Vec<String> = own
        .iter()
        .zip(&pack.questions)
        .filter(|(s, _)| **s < 95.0)
        .map(|(s, q)| format!("{s:.0} {}", q.ask.chars().take(40).collect::<String>()))
        .collect();
    println!(
        "  own answer >= 95: {}/{}; others: median {:.1}, 95th percentile {:.1}; low {low:?}",
        own.len() - low.len(),
        own.len(),
        others[others.len() / 2],
        others[others.len() * 95 / 100]
    );
}

fn accounted(text: &str, import: &Import) {
    let lost: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
        .map(|(i, _)| i + 1)
        .filter(|i| {
            let i = *i as u32;
            !import.questions.iter().any(|q| q.line <= i && i <= q.end_line)
                && !import.left_out.iter().any(|l| l.line <= i && i <= l.end_line)
        })
        .collect();
    println!("  unaccounted lines: {lost:?}");
}

fn stems(text: &str) -> Vec<String> {
    let stemmer = rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::English);
    text.split(|c: char| !(c.is_alphanumeric()))
        .filter(|w| !w.is_empty())
        .map(|w| stemmer.stem(&w.to_lowercase()).into_owned())
        .collect()
}

fn points(import: &Import, gold: &[HashMap<String, String>], verbose: bool) {
    let mut by_line: HashMap<u32, Vec<&HashMap<String, String>>> = HashMap::new();
    for row in gold.iter().filter(|r| r.get("in_source").is_none_or(|s| s == "yes")) {
        by_line.entry(num(row, "line")).or_default().push(row);
    }
    let (mut covered, mut all, mut criteria, mut gold_all) = (0, 0, 0, 0);
    let mut lines: Vec<_> = by_line.keys().copied().collect();
    lines.sort_unstable();
    for line in lines {
        let rows = &by_line[&line];
        let Some(q) = import.questions.iter().find(|q| q.line == line) else {
            all += rows.len();
            continue;
        };
        gold_all += gold.iter().filter(|r| num(r, "line") == line).count();
        criteria += q.criteria.len();
        let words: Vec<Vec<String>> = q
            .criteria
            .iter()
            .map(|c| {
                let mut text = c.says.clone();
                for item in &c.listen {
                    for alt in item {
                        text.push(' ');
                        text.push_str(alt);
                    }
                }
                stems(&text)
            })
            .collect();
        let covers = |r: &HashMap<String, String>, c: &[String]| {
            r["key_terms"].split(';').any(|term| {
                let term = stems(term);
                !term.is_empty() && c.windows(term.len()).any(|w| w == term.as_slice())
            })
        };
        // Matching one to one, by augmenting paths.
        let mut owner: Vec<Option<usize>> = vec![None; words.len()];
        fn augment(r: usize, edges: &[Vec<usize>], owner: &mut [Option<usize>], seen: &mut [bool]) -> bool {
            for &c in &edges[r] {
                if seen[c] {
                    continue;
                }
                seen[c] = true;
                if owner[c].is_none() || augment(owner[c].unwrap(), edges, owner, seen) {
                    owner[c] = Some(r);
                    return true;
                }
            }
            false
        }
        let edges: Vec<Vec<usize>> =
            rows.iter().map(|r| (0..words.len()).filter(|c| covers(r, &words[*c])).collect()).collect();
        let mut hit = 0;
        for (r, row) in rows.iter().enumerate() {
            let mut seen = vec![false; words.len()];
            if augment(r, &edges, &mut owner, &mut seen) {
                hit += 1;
            } else if verbose {
                println!("    uncovered {line}: {}", row["point"]);
            }
        }
        covered += hit;
        all += rows.len();
        if verbose {
            println!(
                "  == {line} {} gold {} found {} covered {hit}",
                q.ask.chars().take(60).collect::<String>(),
                rows.len(),
                q.criteria.len()
            );
            for c in &q.criteria {
                println!("      {:?} w{} {} :: {:?}", c.from_lines, c.weight, c.says, c.listen);
            }
        }
    }
    println!(
        "  points: recall {:.3} ({covered}/{all}), {:.2} criteria a gold point ({criteria}/{gold_all})",
        covered as f64 / all.max(1) as f64,
        criteria as f64 / gold_all.max(1) as f64
    );
}
