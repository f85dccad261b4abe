using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The bytes of TorchSharp's tensors: the one place where this folder touches them.</summary>
internal static class TensorMemory
{
    /// <summary>A new CPU tensor of undefined values for a tensor of a file. The caller disposes.</summary>
    public static Tensor Empty(string path, string name, StoredTensor stored)
    {
        var scalar = ElementTypes.Of(stored.Type).Scalar
            ?? throw new CheckpointFormatException(path, $"'{name}', dtype", "a type that TorchSharp has", ElementTypes.NameOf(stored.Type));
        return empty(stored.Shape, dtype: scalar, device: CPU);
    }

    /// <summary>A tensor of a file as a new CPU tensor. The caller disposes.</summary>
    public static Tensor Load(string path, string name, StoredTensor stored)
    {
        var tensor = Empty(path, name, stored);
        try
        {
            StridedReader.Read(stored, BytesOf(tensor));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file's bytes are the tensor's bytes, so that they can be read right into its memory.</summary>
    public static bool Fits(StoredTensor stored, Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && ElementTypes.FromScalar(tensor.dtype) == stored.Type && tensor.is_contiguous() && tensor.shape.SequenceEqual(stored.Shape);

    /// <summary>The memory of a contiguous CPU tensor. It is valid while the caller keeps the tensor alive.</summary>
    public static unsafe NativeSpan BytesOf(Tensor tensor)
    {
        var length = tensor.NumberOfElements * tensor.ElementSize;
        if (length == 0)
        {
            return default;
        }
        // A span of the whole could not be longer than 2 GiB: the first element gives the address, the checked length the extent.
        using var plain = tensor.detach();
        using var flat = plain.view(-1);
        using var first = flat.narrow(0, 0, 1);
        fixed (byte* pointer = first.bytes)
        {
            return new NativeSpan(pointer, length);
        }
    }

    /// <summary>A tensor in memory as a file would declare it; the bytes are fetched when they are read.</summary>
    public static StoredTensor Declare(TensorEntry entry)
    {
        var type = ElementTypes.FromScalar(entry.Tensor.dtype)
            ?? throw new ArgumentException($"Tensor '{entry.Name}' has type {entry.Tensor.dtype}, which no checkpoint format here holds.", nameof(entry));
        var shape = entry.Tensor.shape;
        return new StoredTensor(type, shape, StoredTensor.ContiguousStride(shape), 0, new MemoryStorage(entry.Name, entry.Tensor, type), entry.IsParameter, entry.IsParameter);
    }

    /// <summary>A tensor that is computed each time it is read, which writing does once. <paramref name="compute"/> gives a CPU tensor of that type and shape.</summary>
    public static StoredTensor Computed(string name, ElementType type, long[] shape, Func<Tensor> compute) =>
        new(type, shape, StoredTensor.ContiguousStride(shape), 0, new ComputedStorage(name, shape.Aggregate(1L, (product, size) => product * size) * ElementTypes.SizeOf(type), compute),
            RequiresGrad: false, IsParameter: false);

    private sealed class MemoryStorage(string name, Tensor tensor, ElementType type) : TensorStorage
    {
        public override string Name => name;

        public override long Length => tensor.NumberOfElements * ElementTypes.SizeOf(type);

        public override void Read(long offset, NativeSpan destination)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Copy(tensor.detach().cpu().contiguous(), offset, destination);
        }
    }

    private static void Copy(Tensor tensor, long offset, NativeSpan destination)
    {
        var source = BytesOf(tensor);
        for (long at = 0; at < destination.Length;)
        {
            var chunk = destination.Chunk(at);
            source.Chunk(offset + at)[..chunk.Length].CopyTo(chunk);
            at += chunk.Length;
        }
        GC.KeepAlive(tensor);
    }

    private sealed class ComputedStorage(string name, long length, Func<Tensor> compute) : TensorStorage
    {
        public override string Name => name;

        public override long Length => length;

        public override void Read(long offset, NativeSpan destination)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            Copy(compute().contiguous(), offset, destination);
        }
    }
}
