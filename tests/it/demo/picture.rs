//! `docs/demo.svg`: two moments of a real run on a terminal, drawn letter by letter.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::terminal::{Ink, Terminal};

/// The size of a character's place.
const WIDE: f64 = 8.4;
const HIGH: f64 = 18.0;
/// Blank around the text.
const MARGIN: f64 = 16.0;
/// Characters in a line.
const COLUMNS: f64 = 80.0;

/// The file.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/demo.svg")
}

/// Draws the table without power, and below it the end, from the sentence that it is done.
pub(crate) fn write(without_power: &Terminal, end: &Terminal) {
    let mut rows: Vec<&[(char, Ink)]> = without_power.rows().iter().map(Vec::as_slice).collect();
    while rows.last().is_some_and(|row| row.is_empty()) {
        rows.pop();
    }
    let gap = rows.len();
    let finished = end.text().lines().position(|line| line.starts_with("Xong:")).unwrap();
    rows.push(&[]);
    rows.extend(end.rows()[finished..].iter().map(Vec::as_slice));
    while rows.last().is_some_and(|row| row.is_empty()) {
        rows.pop();
    }
    let (width, height) = (COLUMNS * WIDE + 2.0 * MARGIN, at(rows.len()) + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n"
    );
    let line = at(gap) + HIGH / 2.0;
    writeln!(svg, "<path d=\"M0 {line:.0}H{width:.0}\" stroke=\"#4b5260\" stroke-dasharray=\"6 6\"/>")
        .unwrap();
    for (place, row) in rows.iter().enumerate() {
        draw(&mut svg, row, at(place));
    }
    svg.push_str("</svg>\n");
    std::fs::write(path(), svg).unwrap();
}

/// The upper edge of a line.
fn at(place: usize) -> f64 {
    MARGIN + HIGH * f64::from(u32::try_from(place).unwrap())
}

/// Draws pieces of one ink, and of either letters or bars.
fn draw(svg: &mut String, row: &[(char, Ink)], top: f64) {
    let mut column = 0;
    for piece in row.chunk_by(|one, next| one.1 == next.1 && sort(one.0) == sort(next.0)) {
        let number = |many: usize| f64::from(u32::try_from(many).unwrap());
        let (left, long) = (MARGIN + WIDE * number(column), WIDE * number(piece.len()));
        column += piece.len();
        let (letter, ink) = piece[0];
        let (colour, weight) = look(ink);
        match sort(letter) {
            'a' => {
                let text: String = piece.iter().map(|(letter, _)| *letter).collect();
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let base = top + HIGH * 0.75;
                writeln!(
                    svg,
                    "<text x=\"{left:.1}\" y=\"{base:.1}\" textLength=\"{long:.1}\" fill=\"{colour}\"{weight} \
                     xml:space=\"preserve\">{text}</text>"
                )
                .unwrap();
            }
            bar => {
                let shade = if bar == '█' { "" } else { " opacity=\".25\"" };
                let (top, high) = (top + 3.0, HIGH - 6.0);
                writeln!(
                    svg,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{long:.1}\" height=\"{high:.0}\" fill=\"{colour}\"{shade}/>"
                )
                .unwrap();
            }
        }
    }
}

fn sort(letter: char) -> char {
    if matches!(letter, '█' | '░') { letter } else { 'a' }
}

fn look(ink: Ink) -> (&'static str, &'static str) {
    match ink {
        Ink::Plain => ("#d7dae0", ""),
        Ink::Bold => ("#ffffff", " font-weight=\"bold\""),
        Ink::Faint => ("#8b93a1", ""),
        Ink::Red => ("#ff6b68", " font-weight=\"bold\""),
        Ink::Green => ("#7ddb8b", ""),
        Ink::Yellow => ("#e5c07b", ""),
    }
}
