namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>A device was asked for that this process does not have; the message lists those it has.</summary>
public sealed class DeviceNotAvailableException : Exception
{
    /// <summary>An error with the full explanation in <paramref name="message"/>.</summary>
    public DeviceNotAvailableException(string message) : base(message) { }

    /// <summary>An error with the full explanation in <paramref name="message"/> and its cause.</summary>
    public DeviceNotAvailableException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>An error without explanation; only serializers need it.</summary>
    public DeviceNotAvailableException() { }
}
