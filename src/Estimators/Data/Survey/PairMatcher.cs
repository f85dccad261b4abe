using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Finds the label map of every image by name: equal names, nnU-Net's channel numbers, then the key that is left without words such as <c>mask</c>.</summary>
internal sealed class PairMatcher(string folder)
{
    private readonly List<SurveyFinding> _findings = [];

    /// <summary>Files without a partner, and channels that are not used.</summary>
    public IReadOnlyList<SurveyFinding> Findings => _findings;

    /// <summary>The pairs, in the order of the images' names.</summary>
    public IReadOnlyList<FoundPair> Match(IReadOnlyList<string> images, IReadOnlyList<string> labels, DatasetParts? part = null)
    {
        var left = labels.ToDictionary(path => path, VolumeFile.CaseName);
        var byName = labels.ToLookup(VolumeFile.CaseName, StringComparer.Ordinal);
        List<FoundPair> pairs = [];
        List<string> single = [];
        foreach (var image in FirstChannels(images, left.Values.ToHashSet(StringComparer.Ordinal)))
        {
            var names = new[] { VolumeFile.CaseName(image), DataFolder.StripChannel(VolumeFile.CaseName(image), anyChannel: true) };
            if (names.SelectMany(name => byName[name]).FirstOrDefault(left.ContainsKey) is { } path)
            {
                pairs.Add(new(left[path], image, path, Part: part));
                left.Remove(path);
            }
            else
            {
                single.Add(image);
            }
        }
        MatchByKey(single, left, pairs, part);
        foreach (var image in single)
        {
            _findings.Add(SurveyFinding.Error(Relative(image), "has no label map of its name", "add the label map under the same name, or move the image out of the folder"));
        }
        foreach (var label in left.Keys)
        {
            _findings.Add(SurveyFinding.Error(Relative(label), "has no image of its name", "add the image under the same name, or remove the label map"));
        }
        return [.. pairs.OrderBy(pair => pair.ImagePath, StringComparer.Ordinal)];
    }

    private static void MatchByKey(List<string> single, Dictionary<string, string> left, List<FoundPair> pairs, DatasetParts? part)
    {
        var imagesOf = single.ToLookup(path => NameKey.Of(VolumeFile.CaseName(path)), StringComparer.Ordinal);
        var labelsOf = left.ToLookup(label => NameKey.Of(label.Value), label => label.Key, StringComparer.Ordinal);
        foreach (var group in imagesOf)
        {
            // Two of a key would be a guess.
            if (group.ToArray() is [var image] && labelsOf[group.Key].ToArray() is [var label])
            {
                pairs.Add(new(VolumeFile.CaseName(image), image, label, Part: part));
                single.Remove(image);
                left.Remove(label);
            }
        }
    }

    /// <summary>Of several channels of a case (<c>a_0000</c>, <c>a_0001</c>) the first.</summary>
    private IEnumerable<string> FirstChannels(IReadOnlyList<string> images, HashSet<string> labelNames)
    {
        foreach (var group in images.GroupBy(path => VolumeFile.CaseName(path) is var name && labelNames.Contains(name) ? name : DataFolder.StripChannel(name, anyChannel: true), StringComparer.Ordinal))
        {
            string[] channels = [.. group.Order(StringComparer.Ordinal)];
            // Numbers at the end are channels only where one label map stands for all of them.
            if (channels.Length > 1 && labelNames.Contains(group.Key) && channels.All(path => VolumeFile.CaseName(path) != group.Key))
            {
                _findings.Add(SurveyFinding.Warning(Relative(channels[0]), $"is one of {channels.Length} channels of {group.Key}; the others are not used",
                    "a network takes one grey channel: to use another, name that file as \"image\" in dataset.json"));
                channels = channels[..1];
            }
            foreach (var path in channels)
            {
                yield return path;
            }
        }
    }

    private string Relative(string path) => RelativePath.Of(folder, path);
}
