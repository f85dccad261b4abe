using BenchmarkDotNet.Attributes;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Kernels;

/// <summary>Reading a file of 64 MB in 16 tensors, which the disk cache holds.</summary>
public class FileKernels
{
    private const int Tensors = 16, Values = 1 << 20;
    private string _folder = "", _path = "";

    /// <summary>The kind of file.</summary>
    [Params(".pth", ".safetensors")]
    public string Ending { get; set; } = "";

    /// <summary>Writes it.</summary>
    [GlobalSetup]
    public void Write()
    {
        LibTorch.Load();
        _folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        _path = Path.Combine(_folder, "weights" + Ending);
        using var scope = NewDisposeScope();
        TensorFile.Write(_path, Enumerable.Range(0, Tensors).Select(i => new TensorEntry($"tensor{i}", rand(Values))));
    }

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    /// <summary>Every tensor into memory of its own.</summary>
    [Benchmark(Description = "read and check every tensor")]
    public void ReadTensors() => TensorFile.Read(_path).Dispose();

    /// <summary>The digest.</summary>
    [Benchmark(Description = "SHA-256")]
    public string Hash() => SamCheckpoint.Sha256Of(_path);

    /// <summary>Nothing but reading.</summary>
    [Benchmark(Description = "read the bytes")]
    public void ReadBytes() => FilePass.Read(_path);
}
