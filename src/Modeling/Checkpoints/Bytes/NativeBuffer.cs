using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>Memory outside the managed heap for one tensor at a time, of any length.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private byte* _pointer;

    /// <summary>Allocates <paramref name="length"/> bytes of undefined content.</summary>
    public NativeBuffer(long length)
    {
        _pointer = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, length));
        Span = new NativeSpan(_pointer, length);
    }

    /// <summary>The memory.</summary>
    public NativeSpan Span { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_pointer);
        _pointer = null;
    }
}
