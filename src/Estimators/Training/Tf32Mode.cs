using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>While it lives, CUDA may multiply float32 matrices and convolve in TensorFloat-32; afterwards as before. libtorch has one switch for all networks of a process.</summary>
internal sealed class Tf32Mode : IDisposable
{
    private readonly (bool MatMul, bool Cudnn)? _before;

    public Tf32Mode(bool allow)
    {
        if (allow)
        {
            _before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (true, true);
        }
    }

    /// <summary>Says where the option does nothing.</summary>
    public static void Tell(TrainingOptions options, Device device, ITrainingObserver observer)
    {
        if (options.AllowTf32 && device.type != DeviceType.CUDA)
        {
            observer.Note($"TF32 (--tf32, AllowTf32) is for GPUs of NVIDIA; on {device} it changes nothing.");
        }
    }

    public void Dispose()
    {
        if (_before is { } before)
        {
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = before;
        }
    }
}
