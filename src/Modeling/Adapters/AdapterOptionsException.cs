namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>An adapter's options are not usable; the message lists every fault at once.</summary>
public sealed class AdapterOptionsException : Exception
{
    /// <summary>An error with the full explanation in <paramref name="message"/>.</summary>
    public AdapterOptionsException(string message) : base(message) { }

    /// <summary>An error with the full explanation in <paramref name="message"/> and its cause.</summary>
    public AdapterOptionsException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>An error without explanation; only serializers need it.</summary>
    public AdapterOptionsException() { }
}
