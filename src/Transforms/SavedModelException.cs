namespace SAMed.MLNet.Transforms;

/// <summary>A saved ML.NET model holds a part of this library that cannot be read: damaged, or written by another version.</summary>
public sealed class SavedModelException : InvalidOperationException
{
    /// <summary>With a message that says what and what to do.</summary>
    public SavedModelException(string message)
        : base(message)
    {
    }

    /// <summary>With its cause.</summary>
    public SavedModelException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
