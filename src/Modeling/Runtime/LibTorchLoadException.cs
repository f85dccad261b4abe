namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>libtorch could not be loaded. The message says what is missing, where it was looked for and how to mend it.</summary>
public sealed class LibTorchLoadException : Exception
{
    /// <summary>A load error with the full explanation in <paramref name="message"/>.</summary>
    public LibTorchLoadException(string message) : base(message) { }

    /// <summary>A load error with the full explanation in <paramref name="message"/> and the loader's own error as cause.</summary>
    public LibTorchLoadException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>A load error without explanation; only serializers need it.</summary>
    public LibTorchLoadException() { }
}
