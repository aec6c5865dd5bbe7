//! The formats of a workbook's cells.

use dongbo_model::Lang;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder};

/// The formats of every sheet.
pub(super) struct Looks {
    pub(super) words: Format,
    pub(super) bold: Format,
    pub(super) italic: Format,
    pub(super) bold_italic: Format,
    pub(super) title: Format,
    pub(super) centred: Format,
    pub(super) centred_bold: Format,
    pub(super) centred_italic: Format,
    pub(super) head: Format,
    pub(super) code: Format,
    ordinary: RowLooks,
    total: RowLooks,
}

/// The formats of the cells of a row.
pub(super) struct RowLooks {
    pub(super) text: Format,
    pub(super) count: Format,
    pub(super) share: Format,
    pub(super) decimal: Format,
    pub(super) day: Format,
    pub(super) span: Format,
    /// Of what cannot be computed.
    pub(super) none: Format,
}

impl Looks {
    pub(super) fn new(lang: Lang) -> Self {
        let letters = || Format::new().set_font_name("Times New Roman").set_font_size(12);
        let words = || letters().set_text_wrap().set_align(FormatAlign::VerticalCenter);
        let centred = || words().set_align(FormatAlign::Center);
        let ordinary = boxed(letters());
        Self {
            words: words(),
            bold: words().set_bold(),
            italic: words().set_italic(),
            bold_italic: words().set_bold().set_italic(),
            title: centred().set_bold().set_font_size(14),
            centred: centred(),
            centred_bold: centred().set_bold(),
            centred_italic: centred().set_italic(),
            head: boxed(centred()).set_bold().set_background_color(0x00EE_EEEE_u32),
            code: boxed(letters().set_font_name("Consolas").set_font_size(10)),
            total: RowLooks::new(&ordinary.clone().set_bold(), lang),
            ordinary: RowLooks::new(&ordinary, lang),
        }
    }

    /// The formats of a row, which is bold when it is a sum.
    pub(super) const fn of_row(&self, is_total: bool) -> &RowLooks {
        if is_total { &self.total } else { &self.ordinary }
    }
}

fn boxed(format: Format) -> Format {
    format.set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter)
}

impl RowLooks {
    fn new(base: &Format, lang: Lang) -> Self {
        let numbers = |form: &str| base.clone().set_num_format(form);
        Self {
            text: base.clone().set_text_wrap(),
            count: numbers("#,##0"),
            share: numbers("0.00%"),
            decimal: numbers("#,##0.00"),
            day: numbers(lang.pick("dd/mm/yyyy", "yyyy-mm-dd")).set_align(FormatAlign::Center),
            span: numbers("[h]:mm:ss"),
            none: base.clone().set_align(FormatAlign::Right),
        }
    }
}
