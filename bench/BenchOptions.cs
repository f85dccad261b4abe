using System.Globalization;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench;

/// <summary>The words after <c>--</c>.</summary>
internal sealed record BenchOptions
{
    public const string Help = """
        usage: dotnet run -c Release --project bench [-- SECTION] [OPTIONS]

        Without SECTION everything with a target is measured, and the table is written to bench/results/<date>-<cpu|gpu>.md.
        With --model, --batches, --repetitions or --quick it has a name of its own, so that the day's whole table stays.
          --device cpu|cuda|cuda:N    where the network computes (cpu)
          --model vit_b|vit_l|vit_h   the network (vit_b), or a JSON file with its sizes
          --batches 1,4               batches of the network
          --repetitions N             runs that count, where a section's own number is not to be taken
          --quick                     batch 1 and few repetitions; nothing is written unless --results says where
          --results DIR               folder of the results
          --samed FILE                the samed program whose start is measured (the one built beside)
          --help                      this text
        """;

    private const string Processor = "cpu", Gpu = "cuda", Usual = "vit_b";

    /// <summary>The section to run alone; null for all with a target.</summary>
    public string? Section { get; init; }

    /// <summary>What follows the section and is no option.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public string Device { get; init; } = Processor;

    public bool IsGpu => Device.StartsWith(Gpu, StringComparison.Ordinal);

    public string Model { get; init; } = Usual;

    /// <summary>The model as it is shown, and as files are named after it.</summary>
    public string ModelName => Path.GetFileNameWithoutExtension(Model);

    /// <summary>null: the section's own.</summary>
    public IReadOnlyList<int>? Batches { get; init; }

    /// <summary>null: the section's own.</summary>
    public int? Repetitions { get; init; }

    public bool Quick { get; init; }

    public bool WantsHelp { get; init; }

    /// <summary>Whether everything is measured as the day's table wants it.</summary>
    public bool IsWhole => Model == Usual && !Quick && Batches is null && Repetitions is null;

    public string? Results { get; init; }

    public string? Samed { get; init; }

    /// <summary>Where a section that runs in a process of its own leaves its lines.</summary>
    public string? Lines { get; init; }

    /// <summary>The options as arguments of a process that runs one section.</summary>
    public IEnumerable<string> ArgumentsFor(string section, string lines)
    {
        List<string> arguments = [section, "--device", Device, "--model", Model, "--lines", lines];
        Add("--batches", Batches is null ? null : string.Join(',', Batches));
        Add("--repetitions", Repetitions?.ToString(CultureInfo.InvariantCulture));
        Add("--samed", Samed);
        return Quick ? arguments.Append("--quick") : arguments;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                arguments.AddRange([name, value]);
            }
        }
    }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">They make no sense.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        List<string> words = [];
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--help" or "-h" => options with { WantsHelp = true },
                "--quick" => options with { Quick = true },
                "--device" => options with { Device = KnownDevice(Value()) },
                "--model" => options with { Model = Known(Value()) },
                "--batches" => options with { Batches = [.. Value().Split(',').Select(Whole)] },
                "--repetitions" => options with { Repetitions = Whole(Value()) },
                "--results" => options with { Results = Folder(Value()) },
                "--samed" => options with { Samed = Existing(Value()) },
                "--lines" => options with { Lines = Value() },
                var word when word.StartsWith("--", StringComparison.Ordinal) => throw new ArgumentException($"There is no option '{word}'."),
                var word => Take(word),
            };

            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"'{arguments[i - 1]}' wants a value.");
        }
        return options with { Section = words.FirstOrDefault(), Words = [.. words.Skip(1)] };

        BenchOptions Take(string word)
        {
            words.Add(word);
            return options;
        }
    }

    private static string Known(string model)
    {
        try
        {
            SamRegistry.Resolve(model);
            return model;
        }
        catch (SamOptionsException error)
        {
            throw new ArgumentException(error.Message, error);
        }
    }

    private static string KnownDevice(string device) =>
        device is Processor or Gpu || (device.StartsWith(Gpu + ":", StringComparison.Ordinal) && int.TryParse(device.AsSpan(Gpu.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? device
            : throw new ArgumentException($"There is no device '{device}': expected cpu, cuda or cuda:N.");

    private static string Existing(string path) => File.Exists(path) ? path : throw new ArgumentException($"There is no program '{path}'.");

    private static string Folder(string path) => File.Exists(path) ? throw new ArgumentException($"'{path}' is a file: the results want a folder.") : path;

    private static int Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new ArgumentException($"Expected a whole number above 0, got '{text}'.");
}
