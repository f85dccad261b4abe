using System.Runtime.InteropServices;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Copies a tensor of a file into memory in C order and the machine's byte order.</summary>
internal static class StridedReader
{
    /// <summary>Fills <paramref name="destination"/>, which has the tensor's <see cref="StoredTensor.ByteLength"/>.</summary>
    public static void Read(StoredTensor tensor, NativeSpan destination)
    {
        var elementSize = ElementTypes.SizeOf(tensor.Type);
        if (tensor.Count == 0)
        {
            return;
        }
        if (tensor.IsContiguous)
        {
            tensor.Storage.Read(tensor.Offset * elementSize, destination);
        }
        else
        {
            Gather(tensor, elementSize, destination);
        }
        if (tensor.Storage.IsBigEndian == BitConverter.IsLittleEndian)
        {
            destination.SwapBytes(elementSize);
        }
    }

    /// <summary>The tensor's bytes; for tensors below 2 GiB.</summary>
    public static unsafe byte[] ReadBytes(StoredTensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        fixed (byte* pointer = bytes)
        {
            Read(tensor, new NativeSpan(pointer, bytes.Length));
        }
        return bytes;
    }

    private static unsafe void Gather(StoredTensor tensor, int elementSize, NativeSpan destination)
    {
        var span = tensor.Shape.Zip(tensor.Stride, (size, stride) => (size - 1) * stride).Sum() + 1;
        var part = (byte*)NativeMemory.Alloc((nuint)(span * elementSize));
        try
        {
            tensor.Storage.Read(tensor.Offset * elementSize, new NativeSpan(part, span * elementSize));
            var index = new long[tensor.Shape.Length];
            long from = 0;
            for (long at = 0; at < destination.Length; at += elementSize)
            {
                new ReadOnlySpan<byte>(part + (from * elementSize), elementSize).CopyTo(destination.Chunk(at));
                from = Advance(tensor, index, from);
            }
        }
        finally
        {
            NativeMemory.Free(part);
        }
    }

    private static long Advance(StoredTensor tensor, long[] index, long from)
    {
        for (var axis = index.Length - 1; axis >= 0; axis--)
        {
            from += tensor.Stride[axis];
            if (++index[axis] < tensor.Shape[axis])
            {
                return from;
            }
            from -= index[axis] * tensor.Stride[axis];
            index[axis] = 0;
        }
        return from;
    }
}
