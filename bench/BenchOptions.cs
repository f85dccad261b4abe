using System.Globalization;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench;

/// <summary>The words after <c>--</c>.</summary>
internal sealed record BenchOptions
{
    public const string Help = """
        usage: dotnet run -c Release --project bench [-- SECTION] [OPTIONS]

        Without SECTION everything with a target is measured, and the table is written to bench/results.
          --device cpu|cuda|cuda:N    where the network computes (cpu)
          --model vit_b|vit_l|vit_h   the network (vit_b), or a JSON file with its sizes
          --batches 1,4               batches of the network
          --repetitions N             runs that count, where a section's own number is not to be taken
          --quick                     batch 1 and few repetitions; nothing is written unless --results says where
          --results DIR               folder of the results
          --samed FILE                the samed program whose start is measured (the one built beside)
        """;

    /// <summary>The section to run alone; null for all with a target.</summary>
    public string? Section { get; init; }

    /// <summary>What follows the section and is no option.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public string Device { get; init; } = "cpu";

    public bool IsGpu => Device.StartsWith("cuda", StringComparison.Ordinal);

    public string Model { get; init; } = "vit_b";

    /// <summary>The model as it is shown, and as files are named after it.</summary>
    public string ModelName => Path.GetFileNameWithoutExtension(Model);

    /// <summary>null: the section's own.</summary>
    public IReadOnlyList<int>? Batches { get; init; }

    /// <summary>null: the section's own.</summary>
    public int? Repetitions { get; init; }

    public bool Quick { get; init; }

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
                "--quick" => options with { Quick = true },
                "--device" => options with { Device = Value() },
                "--model" => options with { Model = Known(Value()) },
                "--batches" => options with { Batches = [.. Value().Split(',').Select(Whole)] },
                "--repetitions" => options with { Repetitions = Whole(Value()) },
                "--results" => options with { Results = Value() },
                "--samed" => options with { Samed = Value() },
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

    private static string Known(string model) =>
        SamRegistry.Names.Contains(model) || File.Exists(model) ? model : throw new ArgumentException($"There is no model '{model}'; there are: {string.Join(", ", SamRegistry.Names)}, or a JSON file.");

    private static int Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new ArgumentException($"Expected a whole number above 0, got '{text}'.");
}
