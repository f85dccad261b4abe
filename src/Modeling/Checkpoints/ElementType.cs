using System.Diagnostics.CodeAnalysis;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Element types that checkpoint files hold; the names are those of PyTorch.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "They are the names of the types.")]
public enum ElementType
{
    /// <summary>IEEE binary64.</summary>
    Float64,

    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>The upper half of an IEEE binary32.</summary>
    BFloat16,

    /// <summary>64-bit signed integer.</summary>
    Int64,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>16-bit signed integer.</summary>
    Int16,

    /// <summary>8-bit signed integer.</summary>
    Int8,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>16-bit unsigned integer; held by safetensors, absent from TorchSharp.</summary>
    UInt16,

    /// <summary>32-bit unsigned integer; held by safetensors, absent from TorchSharp.</summary>
    UInt32,

    /// <summary>64-bit unsigned integer; held by safetensors, absent from TorchSharp.</summary>
    UInt64,
}
