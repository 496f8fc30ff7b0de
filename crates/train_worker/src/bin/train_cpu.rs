//! Trains and predicts on the processor.

fn main() {
    train_worker::start(train_worker::Program::TrainCpu);
}
