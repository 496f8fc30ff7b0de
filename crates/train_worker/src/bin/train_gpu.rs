//! Trains and predicts on the graphics card.

fn main() {
    train_worker::start(train_worker::Program::TrainGpu);
}
