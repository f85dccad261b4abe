namespace WebApi;

/// <summary>What was sent cannot be segmented; the message is for the client.</summary>
internal sealed class RejectedUploadException(int status, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; } = status;
}
