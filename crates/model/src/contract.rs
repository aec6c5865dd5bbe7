//! The versions of the portal's contract for dialect `ndxp`.

crate::vocabulary! {
    /// A version of what the portal takes in dialect `ndxp`. The fields that it needs are known where they are read.
    #[derive(Default)]
    pub enum Contract
    columns {
        /// The most steps that it takes in one call.
        steps_per_call: usize
    }
    {
        /// As the first clients speak it: a shorter dossier, of which more may be empty.
        Guide2020 = "guide-2020" => 11;
        /// With digitisation, VNeID, online payment and the codes of results.
        #[default]
        Guide2024 = "guide-2024" => 10;
    }
}
