//! Tells program text, settings, shell sessions and drawings from prose, where nothing marks them.
//!
//! Each line gets a verdict by itself; brackets left open and the neighbours settle the doubtful ones.

use super::{Piece, Role, wording};

regex!(COMMENT, r"^(?://|/\*|\*/|#!|--\s|##\s\S|#\s[a-z]|<!--|\{/\*)");
regex!(ANNOTATION, r"^@[A-Za-z_][\w.]*(?:\s*\(.*\)?)?;?(?:\s*//.*)?$");
regex!(
    STATEMENT,
    r#"^(?:(?:public|private|protected|internal|static|final|abstract|override|async|export|default)\s+(?:\w|<|\()|(?:class|interface|enum|struct|record|trait|impl|namespace|package|module)\s+[A-Za-z_][\w.:<>, ]*\s*(?:[\{(:;]|extends|implements|$)|(?:def|fn|func|function|sub|proc)\s+\w+\s*[(<]|(?:let|const|var|val|mut)\s+[\w\[{(][^.?!]*=|import\s+[\w.{*"'@/]+|from\s+[\w.]+\s+import\b|#include\b|using\s+[\w.:]+;|return\b[^.?!]*;|(?:if|for|while|switch|foreach|catch|synchronized|elif|else if)\s*\(.*|(?:try|do|else|finally)\s*[\{:]|else$|\}\s*(?:catch|else|finally|while)\b|(?:elif|except|with|while|for|if)\s.+:$|except:|finally:|try:|else:|lambda\s|yield\s|raise\s\w+\(|throw\s+new\b|new\s+\w+[(<]|SELECT\s.+|INSERT\s+INTO\b|UPDATE\s+\S+\s+SET\b|DELETE\s+FROM\b|CREATE\s+(?:TABLE|INDEX|UNIQUE|VIEW|DATABASE|USER|OR)\b|ALTER\s+TABLE\b|DROP\s+(?:TABLE|INDEX)\b|(?:FROM|WHERE|GROUP BY|ORDER BY|INNER JOIN|LEFT JOIN|JOIN|HAVING|LIMIT|VALUES)\s+[\w('*].*|EXPLAIN\s+(?:SELECT|ANALYZE)\b.*|BEGIN;|COMMIT;|ROLLBACK;|(?:GET|POST|PUT|DELETE|PATCH)\s+/\S*|HTTP/[\d.]+\s|\$\s+\w|>>>\s|(?:sudo|curl|wget|docker|kubectl|npm|npx|yarn|pip3?|git|mvn|gradle|cargo|apt(?:-get)?|brew|helm|terraform|aws|java|javac|python3?|node|go|psql|mysql|redis-cli|chmod|mkdir|cd|ls|cat|grep|jmap|jstack|ssh)\s+(?:-{1,2}\w|[a-z0-9./_:@-]+(?:\s|$).*[-/.:=]|(?:run|build|install|get|apply|init|push|pull|commit|clone|test|start|up|exec|compose)\b)|(?:FROM|RUN|COPY|WORKDIR|EXPOSE|ENTRYPOINT|CMD|ENV)\s+[\w\["/.$-]+.*)"#
);
regex!(CHAIN, r"^\.\w+\s*[(<]");
regex!(
    SETTING,
    r"^-?\s?[a-z][\w.-]*:(?:\s+\S+)?(?:\s+#.*)?$|^[A-Za-z_][\w.\-\[\]]*\s?=\s?\S+(?:\s+#.*)?$|^-{1,2}?XX?:|^-[A-Z]\w+[:=]\S+"
);
regex!(DECLARED, r"^(?:final\s+)?[A-Za-z_][\w.]*(?:<[^=]*>)?(?:\[\])*\s+[a-z_]\w*\s*(?:=\s*\S|;)");
regex!(CALLED, r"^[A-Za-z_][\w.]*\s*\([^)]*\)?.*[;{]\s*(?://.*|#.*)?$|^[a-z_]\w*(?:\.\w+)+\([^ ]*.*\);?$");
regex!(TRAILED, r"[;{}]\s*(?://.*|#.*)?$");
regex!(JSONISH, r#"^[\{\[]?\s*"[\w$ .-]+"\s*:\s*.+"#);
regex!(TREE, r"[│├└┌┐┘┬┴┼─═║╔╗╚╝▼▲◄↓↑]|^[|+][-+|]{3,}|^[/\\|]\s+[/\\|]");
regex!(TAG, r"^</?[a-zA-Z][\w:.-]*(?:\s+[\w:-]+=.*)?/?>|^</?[a-zA-Z][\w:.-]*(?:\s[^>]*)?>.*</[\w:.-]+>\s*$");

/// How much a line looks like program text, from -2 (surely words) to 2 (surely not).
fn verdict(text: &str) -> i32 {
    let t = text.trim();
    if t.is_empty() {
        return 0;
    }
    if TREE.is_match(t) {
        return 2;
    }
    if t.starts_with("=>") || t.starts_with('•') {
        return -2;
    }
    let words = match t.find(" # ").or_else(|| t.find(" // ")) {
        Some(comment) => t[..comment].split_whitespace().count(),
        None => t.split_whitespace().count(),
    };
    if t.chars().all(|c| "{}[]();,<>*/|\\+-=&:.@#$%^~`'\"".contains(c) || c.is_whitespace()) {
        return if t == "..." || t == "…" { 1 } else { 2 };
    }
    if COMMENT.is_match(t)
        || ANNOTATION.is_match(t)
        || CHAIN.is_match(t)
        || TAG.is_match(t)
        || JSONISH.is_match(t)
    {
        return 2;
    }
    let ends_as_prose = t.ends_with('.') && words >= 6 || wording::ends_asking(t) && words >= 4;
    let bare_words = words >= 8 && !t.contains(['(', '{', '=', ';']);
    if !ends_as_prose && !bare_words && STATEMENT.is_match(t) {
        return 2;
    }
    if TRAILED.is_match(t) && !(t.ends_with(';') && words > 8 && !t.contains(['(', '=', '.'])) {
        return if words > 14 && !t.contains(['(', '=']) { 0 } else { 2 };
    }
    if t.starts_with('}') || t.starts_with(')') {
        return if words > 6 { 1 } else { 2 };
    }
    if DECLARED.is_match(t) && t.contains(['=', ';']) && !ends_as_prose {
        return 2;
    }
    if CALLED.is_match(t) && words <= 8 {
        return 2;
    }
    if SETTING.is_match(t) && words <= 4 {
        return if t.contains(['=']) || t.contains(['.', '_']) && t.contains(':') { 2 } else { 1 };
    }
    if ends_as_prose {
        return -2;
    }
    if t.contains("->")
        && t.contains(['(', '{'])
        && words <= 14
        && t.ends_with(['(', '{', '>', ')', ',', ';'])
    {
        return 2;
    }
    if (t.ends_with(',') || t.ends_with('('))
        && words <= 6
        && t.contains(['(', '.', '"', '=', '<', ':'])
        && !t.contains(". ")
    {
        return 1;
    }
    if words == 1 && t.ends_with(',') {
        return 1;
    }
    let signs = t.chars().filter(|c| "(){}[];=<>|&\"_$\\".contains(*c)).count();
    if words <= 10 && signs * 5 > t.chars().count() {
        return 1;
    }
    if words >= 5 { -1 } else { 0 }
}

/// How many brackets a line leaves open.
fn opened(text: &str) -> i32 {
    let mut depth = 0;
    let mut quote = None;
    let mut before = ' ';
    for c in text.chars() {
        if quote.is_none() && c == '/' && before == '/' {
            break;
        }
        before = c;
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '{' | '(' | '[') => depth += 1,
            (None, '}' | ')' | ']') => depth -= 1,
            _ => {}
        }
    }
    depth
}

/// Gives every text piece that is program text the role [`Role::Code`].
pub(crate) fn mark(pieces: &mut [Piece]) {
    let verdicts: Vec<i32> =
        pieces.iter().map(|p| if p.role == Role::Text { verdict(&p.text) } else { 0 }).collect();
    let mut depth = 0i32;
    let mut open_for = 0usize;
    for i in 0..pieces.len() {
        if pieces[i].role != Role::Text {
            if matches!(pieces[i].role, Role::Row | Role::RowRule | Role::Rule) {
                depth = 0;
            }
            continue;
        }
        let own = verdicts[i];
        let inside = depth > 0;
        let surely_words = own == -2 || (own <= -1 && pieces[i].text.ends_with(['?', '.']));
        if inside && surely_words {
            depth = 0;
        }
        let code = own == 2 || (depth > 0 && own > -2) || (own == 1 && near_code(&verdicts, pieces, i));
        if code {
            pieces[i].role = Role::Code;
            depth = (depth + opened(&pieces[i].text)).clamp(0, 40);
            open_for = if depth > 0 { open_for + 1 } else { 0 };
            if open_for > 120 {
                depth = 0;
                open_for = 0;
            }
        }
    }
    // A short line that is no sentence, between two lines of code.
    for i in 1..pieces.len().saturating_sub(1) {
        if pieces[i].role == Role::Text
            && verdicts[i] == 0
            && pieces[i - 1].role == Role::Code
            && pieces[i + 1].role == Role::Code
            && !pieces[i].text.ends_with([':', '?'])
            && pieces[i].label.is_none()
            && pieces[i].text.split_whitespace().count() <= 3
            && wording::title_case(&pieces[i].text).is_none_or(|share| share < 0.9)
        {
            pieces[i].role = Role::Code;
        }
    }
}

fn near_code(verdicts: &[i32], pieces: &[Piece], i: usize) -> bool {
    let before = i > 0 && (pieces[i - 1].role == Role::Code || verdicts[i - 1] >= 1);
    let after = verdicts.get(i + 1).is_some_and(|v| *v >= 1);
    before || after
}

/// Whether a whole text, such as the body of a code element, is program text rather than a word or two.
pub(crate) fn looks_like_code(text: &str) -> bool {
    verdict(text) >= 1
}
