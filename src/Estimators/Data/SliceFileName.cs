using System.Globalization;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The reference names its slices <c>case0005_slice012.npz</c>: the case, then the number of the slice.</summary>
internal static class SliceFileName
{
    private const string Mark = "_slice";

    /// <summary>The case of a file and the number of its slice; no number for a file that is not named so, which holds a whole case.</summary>
    public static (string Case, int? Slice) Parse(string path)
    {
        var name = VolumeFile.CaseName(path);
        var split = name.LastIndexOf(Mark, StringComparison.Ordinal);
        return split > 0 && int.TryParse(name[(split + Mark.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? (name[..split], index) : (name, null);
    }
}
