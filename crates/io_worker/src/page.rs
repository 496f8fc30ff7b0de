use protocol::IoReply;
use storage::StoreError;
use web_time::{Duration, Instant};

/// How long work goes on before messages may come in.
const TURN: Duration = Duration::from_millis(40);
/// How often the page hears how far the work is.
pub(crate) const TELL: Duration = Duration::from_millis(100);

/// Whoever asked for the work.
pub(crate) trait Page {
    /// Sends a reply.
    fn send(&self, reply: IoReply);
    /// Whether the work should be given up.
    fn wants_cancel(&self) -> bool;
    /// Lets messages come in.
    async fn turn(&self);
}

/// Why a piece of work ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It was given up, as asked.
    Cancelled,
    /// It cannot be done. The sentence is for people.
    Failed {
        /// What happened, then what to do.
        why: String,
    },
}

impl Stopped {
    /// It cannot be done because of this error.
    pub(crate) fn failed(error: &impl std::fmt::Display) -> Self {
        Stopped::Failed { why: sentence(&error.to_string()) }
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Stopped::failed(&error)
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Stopped::failed(&error)
    }
}

/// An error's words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if words.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Keeps a long piece of work from holding up everything else.
pub(crate) struct Pace<'a, P> {
    page: &'a P,
    turned: Instant,
    told: Instant,
}

impl<'a, P: Page> Pace<'a, P> {
    pub(crate) fn new(page: &'a P) -> Self {
        Self { page, turned: Instant::now(), told: Instant::now() }
    }

    /// To be called often: lets messages come in when it is time, and ends cancelled work.
    pub(crate) async fn step(&mut self) -> Result<(), Stopped> {
        if TURN <= self.turned.elapsed() {
            self.page.turn().await;
            self.turned = Instant::now();
        }
        match self.page.wants_cancel() {
            true => Err(Stopped::Cancelled),
            false => Ok(()),
        }
    }

    /// The same, and tells the page when it is time how far the work is.
    pub(crate) async fn tell(&mut self, done: u64, total: u64, docs: u32) -> Result<(), Stopped> {
        if TELL <= self.told.elapsed() {
            self.told = Instant::now();
            self.page.send(IoReply::Progress { done, total, docs });
        }
        self.step().await
    }
}
