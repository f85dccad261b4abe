using System.Diagnostics.CodeAnalysis;

namespace SAMed.MLNet.Imaging;

/// <summary>How an image's values are stored in a NIfTI file.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "These are the names that NIfTI and NumPy users know.")]
public enum ImageStorage
{
    /// <summary>As they are, 32-bit floats.</summary>
    Float32,

    /// <summary>Rounded to whole numbers −32768..32767: enough for Hounsfield units.</summary>
    Int16,

    /// <summary>Rounded to whole numbers 0..255.</summary>
    UInt8,

    /// <summary>Rounded to whole numbers 0..65535.</summary>
    UInt16,
}
