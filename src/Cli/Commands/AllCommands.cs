using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Commands;

/// <summary>The list of commands, in the order of the help.</summary>
internal static class AllCommands
{
    public static IEnumerable<Command> Create(CliHost host) =>
    [
        DemoCommand.Create(host),
        InitCommand.Create(host),
        PreprocessCommand.Create(host),
        TrainCommand.Create(host),
        SweepCommand.Create(host),
        TrialCommand.Create(host),
        PredictCommand.Create(host),
        EvaluateCommand.Create(host),
        TestCommand.Create(host),
        ReproduceCommand.Create(host),
        CheckpointCommand.Create(host),
        DoctorCommand.Create(host),
    ];
}
