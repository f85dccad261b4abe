using System.Security.Cryptography;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Where the weights come from that a trained model does not hold itself: a SAM checkpoint, or a seed that they were drawn from.</summary>
internal sealed record ModelBase
{
    /// <summary>File name of the SAM checkpoint; null for a random start.</summary>
    public string? FileName { get; init; }

    /// <summary>Its SHA-256, lower-case hexadecimal.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Seed of a random start.</summary>
    public long? Seed { get; init; }

    /// <summary>SHA-256 over all weights that this seed gave, so that another libtorch's random numbers are not taken for them.</summary>
    public string? InitialSha256 { get; init; }

    /// <summary>SHA-256 over the bytes of every parameter, in registration order.</summary>
    public static string HashOf(SamNetwork network)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in network.parameters())
        {
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
