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

/// A graphics card as it names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name; browsers often keep it to themselves.
    pub name: String,
    /// Whether the processor only plays a graphics card.
    pub is_software: bool,
}

/// Whether an adapter that is only played by the processor will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// It will, however slow it is.
    Allowed,
    /// It will not: the processor itself is faster.
    Refused,
}

/// Why nothing can run on the graphics card.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No adapter was offered.
    #[error("no graphics card offers to compute ({message})")]
    NoAdapter {
        /// What the browser or the system says.
        message: String,
    },
    /// The adapter is software.
    #[error("the graphics card is only imitated by the CPU here ({name})")]
    Software {
        /// The adapter's name.
        name: String,
    },
    /// The adapter lacks something that is needed.
    #[error("the graphics card {name:?} lacks {what}, which training needs")]
    Lacks {
        /// The adapter's name.
        name: String,
        /// What it lacks, in WebGPU's words.
        what: &'static str,
    },
    /// The adapter gave no device.
    #[error("the graphics card could not be opened ({message})")]
    NotOpened {
        /// What the browser or the system says.
        message: String,
    },
}

#[cfg(feature = "gpu")]
pub use webgpu::gpu;

#[cfg(feature = "gpu")]
mod webgpu {
    use burn::tensor::Device;
    use burn::tensor::wgpu::wgpu;

    use super::{Adapter, DeviceError, Software};
    /// Storage buffers that the kernels bind at most.
    const BUFFERS: u32 = 8;

    /// Opens the graphics card. Whether it computes what the processor does is for
    /// [`loss_trace`](crate::loss_trace) to show.
    ///
    /// Call it once: the runtime of a graphics card lives as long as the program.
    pub async fn gpu(software: Software) -> Result<(Device, Adapter), DeviceError> {
        let adapter = probe(software).await?;
        let opened = Device::wgpu_options().init_async().await;
        let device = opened.map_err(|err| DeviceError::NotOpened { message: err.to_string() })?;
        Ok((device, adapter))
    }

    /// Looks at the adapter before burn does: burn panics where it lacks something.
    async fn probe(software: Software) -> Result<Adapter, DeviceError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await;
        let adapter = adapter.map_err(|err| DeviceError::NoAdapter { message: err.to_string() })?;
        let info = adapter.get_info();
        let is_software = info.device_type == wgpu::DeviceType::Cpu;
        let name = info.name;
        if is_software && software == Software::Refused {
            return Err(DeviceError::Software { name });
        }
        if !adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Err(DeviceError::Lacks { name, what: "timestamp-query" });
        }
        if adapter.limits().max_storage_buffers_per_shader_stage < BUFFERS {
            return Err(DeviceError::Lacks { name, what: "eight storage buffers" });
        }
        Ok(Adapter { name, is_software })
    }
}
