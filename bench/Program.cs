using SAMed.MLNet.Bench;

const int Failed = 1, Usage = 2;
if (args is ["slices", .. var pass])
{
    return SlicesBenchmark.Run(pass) ? 0 : Usage;
}
if (args is ["memory", .. var setting])
{
    return MemoryBenchmark.Run(setting) ? 0 : Usage;
}
if (args is not [var name, .. var rest] || rest.Length > 1)
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- metrics|transforms [REPETITIONS], or -- slices, or -- memory [vit_b|vit_l|vit_h]");
    return Usage;
}
var repetitions = 15;
if (rest is [var text] && !(int.TryParse(text, out repetitions) && repetitions > 0))
{
    Console.Error.WriteLine($"REPETITIONS is a whole number above 0, got '{text}'.");
    return Usage;
}
switch (name)
{
    case "metrics":
        MetricsBenchmark.Run(repetitions);
        return 0;
    case "transforms":
        TransformsBenchmark.Run(repetitions);
        return 0;
    default:
        Console.Error.WriteLine($"There is no benchmark '{name}'; there are: metrics, transforms, slices, memory.");
        return Failed;
}
