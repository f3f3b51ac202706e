//! Structures of plain text and Markdown, each in a small document of its own.

use super::{check, read};
use viva_import::Part;

#[test]
fn questions_without_markers_hold_what_follows_them() {
    check(
        "a.txt",
        "What is a lease in a distributed system?\nA lock that ends by itself.\nThe holder renews it before it ends.\nWhy are leases kept short?\nA dead holder blocks others until its lease runs out.\nHow are clocks kept from spoiling a lease?\nThe holder stops early by a margin.\n",
        &[
            "1-3: What is a lease in a distributed system?",
            "4-5: Why are leases kept short?",
            "6-7: How are clocks kept from spoiling a lease?",
        ],
    );
}

#[test]
fn topics_in_front_are_kept_and_named() {
    let import = check(
        "a.txt",
        "Leases: Why are leases kept short?\nA dead holder blocks others.\nRetries: Explain exponential back-off with jitter.\nWaits double and are spread.\n",
        &[
            "1-2: Leases: Why are leases kept short?",
            "3-4: Retries: Explain exponential back-off with jitter.",
        ],
    );
    assert_eq!(import.questions[1].topic.as_deref(), Some("Retries"));
}

#[test]
fn headings_inside_an_answer_stay_in_it() {
    check(
        "a.txt",
        "How does a write-ahead log keep data safe after a crash?\n=> Changes are written to the log before the pages.\nWhy This Matters\n=> The log can be replayed.\nWhat Happens on Restart?\n=> Finished transactions are done again.\nWhy this order?\n=> A page alone may be torn.\nHow do checkpoints shorten the recovery of a database?\n=> Everything before the checkpoint is on disk.\nWhat makes group commit faster than one flush for each commit?\n=> Many commits share one flush.\n",
        &[
            "1-8: How does a write-ahead log keep data safe after a crash?",
            "9-10: How do checkpoints shorten the recovery of a database?",
            "11-12: What makes group commit faster than one flush for each commit?",
        ],
    );
}

#[test]
fn a_heading_that_repeats_the_question_is_part_of_the_answer() {
    check(
        "a.txt",
        "Locks: What causes lock contention, and how do you find it in production?\nWhat causes lock contention?\nMany threads want one lock at once.\nPools: How would you size a pool of connections for a busy service?\nStart from the database's cores.\n",
        &[
            "1-3: Locks: What causes lock contention, and how do you find it in production?",
            "4-5: Pools: How would you size a pool of connections for a busy service?",
        ],
    );
}

#[test]
fn follow_ups_lean_on_the_question_before() {
    let import = check(
        "a.txt",
        "What is a circuit breaker between two services?\nIt stops calls to a service that keeps failing.\nWhat if the breaker opens for a healthy service?\nThen its threshold is too low.\nHow do you limit the rate of requests for each user?\nWith a token bucket for each.\n",
        &[
            "1-2: What is a circuit breaker between two services?",
            "3-4 follow-up: What if the breaker opens for a healthy service?",
            "5-6: How do you limit the rate of requests for each user?",
        ],
    );
    assert_eq!(import.questions[1].follows, Some(1));
}

#[test]
fn questions_glued_to_text_are_cut_loose() {
    let import = check(
        "a.txt",
        "What is sharding of a table?It splits rows over servers.\nHow is a shard key chosen?\nBy what queries filter on.What is a hot shard of a cluster?\nOne that gets most of the traffic.\n",
        &[
            "1-1: What is sharding of a table?",
            "2-3: How is a shard key chosen?",
            "3-4: What is a hot shard of a cluster?",
        ],
    );
    assert_eq!(import.questions[0].model_answer, "It splits rows over servers.");
    assert_eq!(import.questions[1].model_answer, "By what queries filter on.");
}

#[test]
fn code_and_tables_are_never_questions() {
    let import = check(
        "a.txt",
        "How do you close a file for certain in a language with exceptions?\ntry {\nread(file); // what if it fails?\n} finally {\nfile.close();\n}\n| Way | Safe? | Why? |\n|---|---|---|\n| finally | Yes | It always runs |\nWhat does a destructor promise when the stack unwinds?\nThat it runs.\n",
        &[
            "1-9: How do you close a file for certain in a language with exceptions?",
            "10-11: What does a destructor promise when the stack unwinds?",
        ],
    );
    assert!(import.questions[0].model_answer.contains("```\ntry {"));
}

#[test]
fn a_snippet_the_question_is_about_is_kept_apart() {
    let import = check(
        "a.txt",
        "Q: What does this code print?\nint x = 1;\nprint(x++);\nA: It prints one, then adds.\nQ: What is wrong with a global counter here?\nA: Two threads lose updates.\n",
        &["1-4: What does this code print?", "5-6: What is wrong with a global counter here?"],
    );
    assert_eq!(import.questions[0].code.as_deref(), Some("int x = 1;\nprint(x++);"));
    assert_eq!(import.questions[0].model_answer, "It prints one, then adds.");
}

#[test]
fn labels_mark_questions_and_answers() {
    let import = check(
        "a.txt",
        "Q1. What is backpressure?\nAns: A slow consumer slows its producer.\nWhy does that help?\nQueues stay short.\nQ2) Why are queues bounded?\nAnswer: So that overload shows early.\n",
        &["1-4: What is backpressure?", "5-6: Why are queues bounded?"],
    );
    assert!(import.questions[0].model_answer.starts_with("A slow consumer"));
    assert!(import.questions.iter().all(|q| q.confidence > 0.9));
}

#[test]
fn lists_nobody_answered_are_kept() {
    let import = check(
        "a.txt",
        "Behavioural questions\n1. Tell me about a conflict with a colleague.\n2. Describe a project that failed.\n3. What are you proud of?\n\nTechnical questions\n4. What is a deadlock?\n5. Polymorphism\n6. How would you design a rate limiter?\n",
        &[
            "2-2 unanswered: Tell me about a conflict with a colleague.",
            "3-3 unanswered: Describe a project that failed.",
            "4-4 unanswered: What are you proud of?",
            "7-7 unanswered: What is a deadlock?",
            "8-8 unanswered: Explain Polymorphism.",
            "9-9 unanswered: How would you design a rate limiter?",
        ],
    );
    assert_eq!(import.questions[0].topic.as_deref(), Some("Behavioural"));
    assert_eq!(import.questions[4].topic.as_deref(), Some("Technical"));
}

#[test]
fn a_question_that_stands_twice_is_merged() {
    let import = check(
        "a.txt",
        "Q: What is a quorum?\nA: A majority that must agree.\nQ: What is a lease?\nA: A lock with an end.\nQ: What is a quorum?\nA: A majority that must agree.\n",
        &["1-2: What is a quorum?", "3-4: What is a lease?"],
    );
    assert_eq!(import.questions[0].also_lines, [5]);
    let import = read(
        "a.txt",
        "Q: What is a quorum?\nA: A majority that must agree.\nQ: What is a quorum?\nA: Half of the nodes and one.\n",
    );
    assert_eq!(import.questions.len(), 2, "two answers are two questions");
    assert_eq!(import.warnings.len(), 1);
}

#[test]
fn a_guide_of_chapters_becomes_a_question_a_section() {
    let import = check(
        "a.txt",
        "A Guide to Storage\nTable of Contents\n- Logs\n- Trees\n- Filters\n1. Logs\nWhy Logs Come First\nA log turns random writes into one sequential stream, which every disk likes best.\nCompaction in Practice\nOld segments are merged so that only the newest value of a key is kept on disk.\n2. Trees\nHow Splits Work\nA full page is cut in the middle and its parent learns of the new half.\nFill Factor\nPages are left partly empty so that later inserts need no split at once.\n3. Filters\nThe Problem Filters Solve\nA lookup of a key that is not there should not have to touch the disk at all.\nRecommended Resources\n- A book about databases\n",
        &[
            "7-8: Logs: why Logs Come First?",
            "9-10: Logs: explain Compaction in Practice.",
            "12-13: Trees: how do Splits work?",
            "14-15: Trees: explain Fill Factor.",
            "17-18: Filters: which problem do Filters solve?",
        ],
    );
    let whys: Vec<&str> = import.left_out.iter().map(|l| l.why.as_str()).collect();
    assert!(
        whys.contains(&"table of contents") && whys.contains(&"resources and notes about the page"),
        "{whys:?}"
    );
}

#[test]
fn a_glossary_asks_for_each_term() {
    let rows = "| Term | Definition |\n|---|---|\n| Latency | Time from a request to its reply |\n| Jitter | How much latency varies |\n| Goodput | Useful bytes in a second |\n";
    let import = check(
        "a.md",
        &format!("# Notes\n\n## Glossary\n\n{rows}"),
        &["7-7: What is Latency?", "8-8: What is Jitter?", "9-9: What is Goodput?"],
    );
    assert_eq!(import.questions[0].model_answer, "Time from a request to its reply");
    check(
        "b.txt",
        "Latency - time between a request and its reply\nJitter - how much latency varies over time\nGoodput - useful bytes in every second\nMTU - the largest packet a link can carry\n",
        &["1-1: What is Latency?", "2-2: What is Jitter?", "3-3: What is Goodput?", "4-4: What is MTU?"],
    );
}

#[test]
fn an_article_is_one_question_and_one_more_for_each_section() {
    let import = check(
        "a.md",
        "# How consistent hashing keeps caches warm\n\nWhen a node joins, a plain modulo sends nearly every key elsewhere. A ring avoids that at little cost.\n\n## Nodes on a ring\n\nNodes and keys are hashed onto one circle, and a key belongs to the first node clockwise from it.\n\n## Virtual nodes\n\nWith a hundred points for each node the spread of load narrows to a few percent of the mean.\n\n## Conclusion\n\nUse a ring.\n",
        &[
            "1-15: How consistent hashing keeps caches warm?",
            "5-7: How consistent hashing keeps caches warm: explain Nodes on a ring.",
            "9-11: How consistent hashing keeps caches warm: explain Virtual nodes.",
        ],
    );
    assert!(import.questions.iter().all(|q| q.kind == Part::Main));
}

#[test]
fn markdown_headings_that_ask_are_questions() {
    let import = check(
        "a.md",
        "# Interview Questions\n\n- [Networking](#networking)\n- [Storage](#storage)\n\n## Networking\n\n### What opens a TCP connection?\n\nThree packets.\n\n```\nSYN\n```\n\n### How does DNS cache?\nFor the time to live.\n\n**[Back to Top](#interview-questions)**\n\n## Storage\n\n### LSM tree vs B-tree\nOne writes in sequence, one in place.\n\n## References\n- https://example.org\n",
        &[
            "8-14: What opens a TCP connection?",
            "16-17: How does DNS cache?",
            "23-24: What is the difference between LSM tree and B-tree?",
        ],
    );
    assert_eq!(import.questions[0].topic.as_deref(), Some("Networking"));
    assert_eq!(import.questions[2].topic.as_deref(), Some("Storage"));
}

#[test]
fn markdown_dialects_are_all_read() {
    check(
        "a.md",
        "Q: What is a filter?\nA: A bit array.\n\nQ: What does it cost?\nA: A few bits a key.\n",
        &["1-2: What is a filter?", "4-5: What does it cost?"],
    );
    check(
        "b.md",
        "<details>\n<summary>What is a vector clock?</summary>\n\nOne counter for each node.\n\n</details>\n\n<details><summary>Why are vector clocks pruned?</summary><br>\nBecause they grow with the clients.\n</details>\n",
        &["2-4: What is a vector clock?", "8-10: Why are vector clocks pruned?"],
    );
    check(
        "c.md",
        "## Python\n\n1. **What is the GIL?**\n\n   A mutex around bytecode.\n\n2. **How do generators differ from lists?**\n   They are lazy.\n\n   1. They keep a frame.\n\n3. **What does `yield from` do?**\n   It delegates.\n",
        &[
            "3-5: What is the GIL?",
            "7-10: How do generators differ from lists?",
            "12-13: What does yield from do?",
        ],
    );
    check(
        "d.md",
        "**What is a pod?** The smallest unit that is scheduled.\n\n**What is a taint?** A mark that keeps pods away.\n",
        &["1-1: What is a pod?", "3-3: What is a taint?"],
    );
}

#[test]
fn criteria_come_from_the_lines_that_make_the_point() {
    let import = read(
        "a.txt",
        "Q: How does a bloom filter answer?\nA: It hashes the key several times and looks at those bits.\nA clear bit proves that the key is absent.\nAll bits set means maybe, with a false positive rate of about one percent at ten bits a key.\nQ: What can it not do?\nA: It cannot delete, because bits are shared.\n",
    );
    let criteria = &import.questions[0].criteria;
    assert_eq!(criteria.iter().map(|c| c.from_lines).collect::<Vec<_>>(), [(2, 2), (3, 3), (4, 4)]);
    let says: Vec<&str> = criteria.iter().map(|c| c.says.as_str()).collect();
    assert!(says[1].contains("clear bit"), "{says:?}");
    for criterion in criteria {
        for item in &criterion.listen {
            assert!(
                import.questions[0].model_answer.to_lowercase().contains(&item[0].to_lowercase()),
                "{item:?} stands in the answer"
            );
        }
    }
}

#[test]
fn only_line_feeds_end_lines() {
    let import = read(
        "a.txt",
        "Q: What is a\u{2028}lease?\r\nA: A lock\u{b} with an end.\r\nQ: Who renews it?\r\nA: Its holder.\r\n",
    );
    assert_eq!(import.questions.iter().map(|q| (q.line, q.end_line)).collect::<Vec<_>>(), [(1, 2), (3, 4)]);
}

#[test]
fn a_text_without_questions_says_so() {
    let import = check("a.txt", "milk\neggs\nbread and butter\n", &[]);
    assert_eq!(import.warnings.len(), 1);
    assert_eq!(import.left_out.len(), 1);
}

#[test]
fn questions_that_share_lines_with_their_answers_are_told_by_habit() {
    let import = check(
        "a.txt",
        "How do you handle conflict in a team? I ask what each side wants to protect.\nTell me about a missed deadline. We had planned without a buffer.\nWhy do you want to leave your job? I look for larger systems.\n",
        &[
            "1-1: How do you handle conflict in a team?",
            "2-2: Tell me about a missed deadline.",
            "3-3: Why do you want to leave your job?",
        ],
    );
    assert_eq!(import.questions[1].model_answer, "We had planned without a buffer.");
}

#[test]
fn numbered_questions_keep_the_numbered_lists_of_their_answers() {
    check(
        "a.txt",
        "Top 3 Docker Interview Questions\nLast updated: 3 March\n\n1. What is an image?\n\nA template with layers.\n\n2. How does a container differ from it?\n\nIt runs:\n\n1. It has a writable layer.\n2. It has processes.\n\n3. How are secrets kept out of images?\n\nThey are mounted at run time.\n\nConclusion\n\nGood luck with it.\n",
        &[
            "4-6: What is an image?",
            "8-13: How does a container differ from it?",
            "15-17: How are secrets kept out of images?",
        ],
    );
}

#[test]
fn items_among_items_that_ask_are_questions_too() {
    check(
        "a.txt",
        "- What is CAP?\n- What does PACELC add?\n- Explain gossip protocols.\n- Raft vs Paxos\n",
        &[
            "1-1 unanswered: What is CAP?",
            "2-2 unanswered: What does PACELC add?",
            "3-3 unanswered: Explain gossip protocols.",
            "4-4 unanswered: What is the difference between Raft and Paxos?",
        ],
    );
}

#[test]
fn notes_beside_an_answer_are_no_part_of_it() {
    let import = check(
        "a.md",
        "### Q1: What is a closure?\n**Topic:** Functions\n**Keywords:** scope, environment\n\n<details>\n<summary>Answer</summary>\n\nA function with its scope.\n\n</details>\n\n### Q2: What is hoisting?\n\nDeclarations come first.\n",
        &["1-8: What is a closure?", "12-14: What is hoisting?"],
    );
    let first = &import.questions[0];
    assert_eq!(
        (first.topic.as_deref(), first.model_answer.as_str()),
        (Some("Functions"), "A function with its scope.")
    );
    assert_eq!(first.tags, ["scope", "environment"]);
}
