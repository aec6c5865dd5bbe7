//! A terminal of a fixed width and any height: what stands on it, and in which ink.

/// The ink of a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ink {
    #[default]
    Plain,
    Red,
    Green,
    Yellow,
    Bold,
    Faint,
}

/// A terminal.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    columns: usize,
    rows: Vec<Vec<(char, Ink)>>,
    row: usize,
    column: usize,
    ink: Ink,
    /// Bytes that are the beginning of something.
    rest: Vec<u8>,
}

impl Terminal {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, rows: vec![Vec::new()], row: 0, column: 0, ink: Ink::Plain, rest: Vec::new() }
    }

    /// Writes `bytes` onto it.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let mut text = String::from_utf8(self.rest.drain(..whole).collect()).unwrap();
        while let Some(first) = text.chars().next() {
            let length = if first == '\u{1b}' { sequence(&text) } else { Some(first.len_utf8()) };
            let Some(length) = length else { break };
            let rest = text.split_off(length);
            self.put(&text, first);
            text = rest;
        }
        self.rest.splice(0..0, text.into_bytes());
    }

    fn put(&mut self, piece: &str, first: char) {
        match first {
            '\r' => self.column = 0,
            '\n' => self.down(),
            '\u{1b}' => self.obey(piece),
            letter if !letter.is_control() => {
                if self.column == self.columns {
                    self.wrap(letter);
                }
                let row = &mut self.rows[self.row];
                if row.len() <= self.column {
                    row.resize(self.column + 1, (' ', Ink::Plain));
                }
                row[self.column] = (letter, self.ink);
                self.column += 1;
            }
            _ => {}
        }
    }

    /// Goes on in the next row, which must not be within a word.
    fn wrap(&mut self, next: char) {
        let last = self.rows[self.row].last().map_or(' ', |(letter, _)| *letter);
        assert!(last == ' ' || next == ' ', "a line breaks within a word:\n{}{next}", self.text());
        self.column = 0;
        self.down();
    }

    fn down(&mut self) {
        self.row += 1;
        if self.rows.len() == self.row {
            self.rows.push(Vec::new());
        }
    }

    /// Obeys a control sequence: movements, erasures, colours.
    fn obey(&mut self, sequence: &str) {
        let Some(inner) = sequence.strip_prefix("\u{1b}[") else { return };
        let (numbers, order) = inner.split_at(inner.len() - 1);
        let number = numbers.parse::<usize>().ok();
        match order {
            "A" => self.row = self.row.saturating_sub(number.unwrap_or(1)),
            "B" => (0..number.unwrap_or(1)).for_each(|_| self.down()),
            "K" => match number.unwrap_or(0) {
                0 => self.rows[self.row].truncate(self.column),
                _ => self.rows[self.row].clear(),
            },
            "J" => {
                self.rows[self.row].truncate(self.column);
                self.rows.truncate(self.row + 1);
            }
            "m" => {
                for code in numbers.split(';') {
                    self.ink = match code {
                        "31" => Ink::Red,
                        "32" => Ink::Green,
                        "33" => Ink::Yellow,
                        "1" if self.ink == Ink::Plain => Ink::Bold,
                        "2" => Ink::Faint,
                        "" | "0" => Ink::Plain,
                        _ => self.ink,
                    };
                }
            }
            _ => {}
        }
    }

    /// All lines, without blanks at their ends.
    pub(crate) fn text(&self) -> String {
        let line = |row: &Vec<(char, Ink)>| row.iter().map(|(letter, _)| letter).collect::<String>();
        self.rows.iter().map(|row| format!("{}\n", line(row).trim_end())).collect()
    }

    /// All words, in one line.
    pub(crate) fn prose(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &[Vec<(char, Ink)>] {
        &self.rows
    }

    /// The ink of the last line that begins with `words`.
    pub(crate) fn ink_of(&self, words: &str) -> Option<Ink> {
        let begins = |row: &&Vec<(char, Ink)>| {
            let letters = row.iter().map(|(letter, _)| *letter);
            words.chars().eq(letters.take(words.chars().count()))
        };
        self.rows.iter().rfind(begins)?.first().map(|(_, ink)| *ink)
    }
}

/// The length of the control sequence with which `text` begins; none while its end is missing.
fn sequence(text: &str) -> Option<usize> {
    let Some(inner) = text.strip_prefix("\u{1b}[") else { return (text.len() > 1).then_some(2) };
    inner.find(|letter: char| letter.is_ascii_alphabetic()).map(|end| end + 3)
}
