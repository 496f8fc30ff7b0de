//! What a network runs on.

pub use burn::tensor::Device;

/// The processor.
pub fn cpu() -> Device {
    Device::flex()
}

/// Whether a device is the processor.
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}
