using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Reads the two files of a case and notes what is wrong with them.</summary>
internal sealed class CaseChecker(string folder, LabelTable? table)
{
    private const string Repair = "replace or repair the file, or leave the case out";

    /// <summary>The facts; null where image or label map cannot be read.</summary>
    public (CaseFacts? Facts, IReadOnlyList<SurveyFinding> Findings) Check(FoundPair pair, string patient)
    {
        List<SurveyFinding> findings = [];
        var image = Try(pair.ImagePath, findings, path => (Info: VolumeFile.IdentifyImage(path), Channels: VolumeFile.ReadChannels(path)));
        var label = Try(pair.LabelPath, findings, path => (Info: VolumeFile.IdentifyLabels(path), Map: VolumeFile.ReadLabels(path)));
        if (image is null || label is null)
        {
            return (null, findings);
        }
        var (info, channels) = image.Value;
        CheckGrid(pair, info, label.Value.Info, findings);
        CheckSlice(pair, info, findings);
        var counts = label.Value.Map.CountLabels();
        CheckLabels(pair.LabelPath, counts, findings);
        var facts = Facts(pair, patient, info, [.. channels.Select(channel => channel.Voxels)], counts);
        CheckIntensities(pair.ImagePath, facts, channels, findings);
        return (facts, findings);
    }

    private CaseFacts Facts(FoundPair pair, string patient, VolumeInfo info, float[][] channels, IReadOnlyDictionary<int, int> counts)
    {
        var quantiles = IntensitySample.Quantiles(channels);
        var (x, y, z) = info.Geometry.SpacingMm;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var voxels in channels)
        {
            hash.AppendData(MemoryMarshal.AsBytes(voxels.AsSpan()));
            foreach (var voxel in voxels)
            {
                if (float.IsFinite(voxel))
                {
                    (min, max) = (Math.Min(min, voxel), Math.Max(max, voxel));
                }
            }
        }
        return new()
        {
            Name = pair.Name,
            Patient = patient,
            Image = Relative(pair.ImagePath),
            Label = Relative(pair.LabelPath),
            Slice = pair.Slice,
            Depth = info.Geometry.Depth,
            Height = info.Geometry.Height,
            Width = info.Geometry.Width,
            SpacingMm = info.HasGeometry ? [x, y, z] : null,
            AxisCodes = info.HasGeometry ? info.AxisCodes : null,
            Channels = channels.Length,
            Min = quantiles.Length == 0 ? 0 : min,
            Max = quantiles.Length == 0 ? 0 : max,
            Percentiles = [IntensitySample.At(quantiles, 0.005), IntensitySample.At(quantiles, 0.5), IntensitySample.At(quantiles, 0.995)],
            Labels = counts,
            ContentSha256 = Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant(),
            Quantiles = quantiles,
            Part = pair.Part,
        };
    }

    private void CheckGrid(FoundPair pair, VolumeInfo image, VolumeInfo label, List<SurveyFinding> findings)
    {
        var (one, other) = (image.Geometry, label.Geometry);
        if ((one.Depth, one.Height, one.Width) != (other.Depth, other.Height, other.Width))
        {
            findings.Add(SurveyFinding.Error(Relative(pair.LabelPath), $"is {Size(other)} voxels, its image {Relative(pair.ImagePath)} is {Size(one)}",
                "export the label map on the grid of its image, or resample it there (nearest neighbour)"));
        }
        else if (!one.Matches(other, toleranceMm: 0.5 * Math.Min(one.SpacingMm.X, Math.Min(one.SpacingMm.Y, one.SpacingMm.Z))))
        {
            findings.Add(SurveyFinding.Error(Relative(pair.LabelPath), $"lies elsewhere in the patient than its image {Relative(pair.ImagePath)}: {other} against {one}",
                "resample it to its image (nearest neighbour); where only the header was lost, copy the image's"));
        }
        else if (image.HasGeometry && one.Affine == Affine.Diagonal(1, 1, 1) && one.Depth > 1)
        {
            findings.Add(SurveyFinding.Warning(Relative(pair.ImagePath), "says 1 mm voxels at the origin, as files do whose geometry was lost",
                "check the spacing: distances in mm and the orientation come from it"));
        }
    }

    private void CheckSlice(FoundPair pair, VolumeInfo info, List<SurveyFinding> findings)
    {
        if (pair.Slice is { } slice && info.Geometry.Depth != 1)
        {
            findings.Add(SurveyFinding.Error(Relative(pair.ImagePath), $"is named as slice {slice} of {pair.Name} and holds {info.Geometry.Depth} slices", "rename it without _slice, or store one slice per file"));
        }
    }

    private void CheckLabels(string path, IReadOnlyDictionary<int, int> counts, List<SurveyFinding> findings)
    {
        int[] ids = [.. counts.Keys.Where(id => id != 0)];
        if (ids.Length > byte.MaxValue)
        {
            findings.Add(SurveyFinding.Error(Relative(path), $"holds {ids.Length} different ids", "give a label map of at most 255 classes; this looks like an image, or like a number per object"));
        }
        else if (table is not null && ids.Where(id => !table.Knows(id)).ToArray() is { Length: > 0 } unknown)
        {
            findings.Add(SurveyFinding.Error(Relative(path), $"holds {List(unknown)}, which the labels '{table.Name}' do not name",
                "name them as classes or under \"background\" in a table (--labels FILE.json), or correct the label map"));
        }
        else if (ids.Length == 0)
        {
            findings.Add(SurveyFinding.Warning(Relative(path), "holds background only", "leave the case out if it should have labels; as an example without the organ it may stay"));
        }
    }

    private void CheckIntensities(string path, CaseFacts facts, IReadOnlyList<Volume<float>> channels, List<SurveyFinding> findings)
    {
        var broken = channels.Sum(channel => channel.Voxels.Count(voxel => !float.IsFinite(voxel)));
        if (broken > 0)
        {
            findings.Add(SurveyFinding.Error(Relative(path), $"has {broken} voxels that are NaN or infinite", "set them to the intensity of air or background; nothing can be learned from them"));
        }
        // A slice of air is ordinary; a whole image without any contrast is not.
        else if (facts.Min == facts.Max && facts.Slice is null)
        {
            findings.Add(SurveyFinding.Warning(Relative(path), $"has the same intensity {Number(facts.Min)} everywhere", Repair));
        }
    }

    private T? Try<T>(string path, List<SurveyFinding> findings, Func<string, T> read)
        where T : struct
    {
        try
        {
            return read(path);
        }
        catch (VolumeFormatException fault)
        {
            findings.Add(SurveyFinding.Error(Relative(path), $"{fault.Field}: expected {fault.Expected}, got {fault.Got}", Advice(path, fault)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            findings.Add(SurveyFinding.Error(Relative(path), $"cannot be read: {fault.Message}", "check that the file is there and may be read"));
        }
        return null;
    }

    private static string Advice(string path, VolumeFormatException fault) =>
        fault.Field == "mask" && Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg" ? "export it again as PNG; where only the JPEG is left, a threshold gives back two values (ImageMagick: convert mask.jpg -threshold 50% mask.png)"
        : fault.Got.Contains("volumes; ", StringComparison.Ordinal) || fault.Field == "shape" ? "store one volume per file"
        : Repair;

    private static string Size(Geometry grid) => $"{grid.Width}x{grid.Height}x{grid.Depth}";

    private static string List(int[] ids) => string.Join(", ", ids.Take(8)) + (ids.Length > 8 ? ", …" : "");

    private static string Number(float value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private string Relative(string path) => RelativePath.Of(folder, path);
}
