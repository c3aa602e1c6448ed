//! Which of a credential's authentication objects it takes to use it (`auth/expression`, section
//! 11.4): their ids, joined by `AND`, `OR` and `XOR`, in brackets or not.

/// The ids that the first alternative needs, in order, without repetition. `None`: it is no such
/// expression.
pub fn first_alternative(expression: &str) -> Option<Vec<String>> {
    let words = words(expression);
    let mut reader = Reader { words: &words, at: 0 };
    let ids = reader.alternatives(0)?;
    (reader.at == words.len()).then_some(ids)
}

struct Reader<'a> {
    words: &'a [String],
    at: usize,
}

impl Reader<'_> {
    /// The first of what `OR` or `XOR` joins; the others are read, too.
    fn alternatives(&mut self, depth: usize) -> Option<Vec<String>> {
        let first = self.together(depth)?;
        while matches!(self.peek(), Some("OR" | "XOR")) {
            self.at += 1;
            self.together(depth)?;
        }
        Some(first)
    }

    fn together(&mut self, depth: usize) -> Option<Vec<String>> {
        let mut all = self.one(depth)?;
        while self.peek() == Some("AND") {
            self.at += 1;
            for id in self.one(depth)? {
                if !all.contains(&id) {
                    all.push(id);
                }
            }
        }
        Some(all)
    }

    fn one(&mut self, depth: usize) -> Option<Vec<String>> {
        let word = self.peek()?.to_owned();
        self.at += 1;
        match word.as_str() {
            "(" if depth < DEEPEST => {
                let inside = self.alternatives(depth + 1)?;
                let closes = self.peek() == Some(")");
                self.at += 1;
                closes.then_some(inside)
            }
            "(" | ")" | "AND" | "OR" | "XOR" => None,
            _ => Some(vec![word]),
        }
    }

    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }
}

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

const DEEPEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::first_alternative;

    fn ids(expression: &str) -> Option<String> {
        first_alternative(expression).map(|ids| ids.join(","))
    }

    #[test]
    fn the_first_alternative_counts() {
        let read = |expression| ids(expression).unwrap();
        assert_eq!(read("PIN"), "PIN");
        assert_eq!(read("PIN AND OTP AND PIN"), "PIN,OTP");
        assert_eq!(read("PIN AND (mobile XOR OTP)"), "PIN,mobile");
        assert_eq!(read("(A AND B)OR C"), "A,B");
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for expression in ["", "AND", "PIN AND", "PIN OTP", "(PIN", "PIN)", "()", &"(".repeat(99)] {
            assert_eq!(ids(expression), None, "{expression}");
        }
    }
}
