namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A tensor as a file declares it: a strided view of a storage, checked to lie inside it.</summary>
internal sealed record StoredTensor(ElementType Type, long[] Shape, long[] Stride, long Offset, TensorStorage Storage, bool RequiresGrad, bool IsParameter)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The bytes of the tensor when laid out without gaps.</summary>
    public long ByteLength => Count * ElementTypes.SizeOf(Type);

    /// <summary>Whether the elements lie one after another in C order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Stride[axis] != expected)
                {
                    return Count == 0;
                }
                expected *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>The strides of a tensor of that shape whose elements lie one after another in C order.</summary>
    public static long[] ContiguousStride(long[] shape)
    {
        var stride = new long[shape.Length];
        long next = 1;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            stride[axis] = next;
            next = unchecked(next * Math.Max(1, shape[axis]));
        }
        return stride;
    }
}
