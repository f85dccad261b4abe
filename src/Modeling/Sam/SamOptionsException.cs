namespace SAMed.MLNet.Modeling.Sam;

/// <summary>A model configuration is not usable; the message lists every fault at once.</summary>
public sealed class SamOptionsException : Exception
{
    /// <summary>An error with the full explanation in <paramref name="message"/>.</summary>
    public SamOptionsException(string message) : base(message) { }

    /// <summary>An error with the full explanation in <paramref name="message"/> and its cause.</summary>
    public SamOptionsException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>An error without explanation; only serializers need it.</summary>
    public SamOptionsException() { }
}
