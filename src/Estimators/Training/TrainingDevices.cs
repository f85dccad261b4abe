using System.Globalization;
using SAMed.MLNet.Modeling.Runtime;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The devices of <see cref="TrainingOptions.Devices"/>: their names, and what they may be together.</summary>
internal static class TrainingDevices
{
    /// <summary>What is wrong with <paramref name="names"/> for batches of <paramref name="batchSize"/>; empty when they may be used, if they exist.</summary>
    public static IEnumerable<string> FaultsOf(IReadOnlyList<string> names, int batchSize)
    {
        var given = string.Join(',', names);
        if (names.Count == 0)
        {
            yield return "Devices must name a device, got none";
        }
        if (names.FirstOrDefault(name => Parse(name) is null) is { } unknown)
        {
            yield return $"Devices must be numbers of CUDA devices such as 0,1, or cuda:N, or cpu, got '{unknown}' in '{given}'";
            yield break;
        }
        string[] resolved = [.. names.Select(name => Parse(name)!)];
        if (resolved.Where(name => name != "cpu").GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
        {
            yield return $"Devices must name each GPU once, got {twice} twice in '{given}'";
        }
        if (resolved.Contains("cpu") && resolved.Any(name => name != "cpu"))
        {
            yield return $"Devices must all be GPUs or all be cpu, got '{given}'";
        }
        if (batchSize < names.Count)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"BatchSize must be at least the number of Devices ({names.Count}), which share each batch, got {batchSize}");
        }
    }

    /// <summary>The device that the network is made on: the first of <paramref name="options"/>, else what <paramref name="single"/> says.</summary>
    /// <exception cref="DeviceNotAvailableException">This process has no such device.</exception>
    public static Device First(TrainingOptions options, Func<Device> single) =>
        options.Devices is { Count: > 0 } names ? Modeling.Runtime.Devices.Resolve(Parse(names[0]) ?? names[0]) : single();

    /// <summary>All devices of <paramref name="options"/>, or <paramref name="own"/> alone, where the network lies.</summary>
    /// <exception cref="DeviceNotAvailableException">This process has no such device.</exception>
    /// <exception cref="ArgumentException">The network lies on another device than the first.</exception>
    public static IReadOnlyList<Device> All(TrainingOptions options, Device own)
    {
        if (options.Devices is null)
        {
            return [own];
        }
        Device[] all = [.. options.Devices.Select(name => Modeling.Runtime.Devices.Resolve(Parse(name) ?? name))];
        return all[0].type == own.type && Math.Max(0, all[0].index) == Math.Max(0, own.index)
            ? all
            : throw new ArgumentException($"The network lies on {own}, and Devices begins with {all[0]}: make the network on the first of its devices.", nameof(options));
    }

    /// <summary>The devices for people and records, as <c>cuda:0,cuda:1</c>.</summary>
    public static string Describe(TrainingOptions options, Device own) => string.Join(',', All(options, own).Select(device => device.ToString()));

    /// <summary>The name that <see cref="Modeling.Runtime.Devices"/> knows; null for none.</summary>
    private static string? Parse(string name)
    {
        var text = name.Trim().ToLowerInvariant();
        if (text is "cpu")
        {
            return text;
        }
        var number = text == "cuda" ? "0" : text.StartsWith("cuda:", StringComparison.Ordinal) ? text[5..] : text;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}") : null;
    }
}
