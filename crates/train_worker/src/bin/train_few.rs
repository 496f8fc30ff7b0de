//! Trains Nerine's own learner, and predicts with it.

fn main() {
    train_worker::start_few();
}
