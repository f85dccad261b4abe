using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The bytes of TorchSharp's tensors: the one place where this folder touches them.</summary>
internal static class TensorMemory
{
    /// <summary>A tensor of a file as a new CPU tensor. The caller disposes.</summary>
    public static Tensor Load(string path, string name, StoredTensor stored)
    {
        var scalar = ElementTypes.Of(stored.Type).Scalar
            ?? throw new CheckpointFormatException(path, $"'{name}', dtype", "a type that TorchSharp has", ElementTypes.NameOf(stored.Type));
        var tensor = empty(stored.Shape, dtype: scalar, device: CPU);
        try
        {
            WithBytes(tensor, span => StridedReader.Read(stored, span));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
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

    private static unsafe void WithBytes(Tensor tensor, Action<NativeSpan> action)
    {
        var length = tensor.NumberOfElements * tensor.ElementSize;
        if (length == 0)
        {
            return;
        }
        // A span of the whole could not be longer than 2 GiB: the first element gives the address, the checked length the extent.
        using var flat = tensor.view(-1);
        using var first = flat.narrow(0, 0, 1);
        fixed (byte* pointer = first.bytes)
        {
            action(new NativeSpan(pointer, length));
        }
        GC.KeepAlive(tensor);
    }

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

    private static void Copy(Tensor tensor, long offset, NativeSpan destination) => WithBytes(tensor, source =>
    {
        for (long at = 0; at < destination.Length;)
        {
            var chunk = destination.Chunk(at);
            source.Chunk(offset + at)[..chunk.Length].CopyTo(chunk);
            at += chunk.Length;
        }
    });

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
