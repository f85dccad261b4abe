using System.CommandLine;
using SAMed.MLNet.Cli.Demo;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create(CliHost host)
    {
        var output = new Option<string>("--output") { Description = "Folder for the data, the model, the predictions and the pictures.", HelpName = "DIR", DefaultValueFactory = _ => "samed-demo" };
        var dataOnly = new Option<bool>("--data-only") { Description = "Only write the phantom volumes (DIR/data/images, DIR/data/labels) and stop." };
        var cases = new Option<int>("--cases") { Description = "Number of phantom patients.", HelpName = "N", DefaultValueFactory = _ => PhantomDataSet.DefaultCases };
        var seed = CommonOptions.Seed(1234);
        cases.Takes("a number from 1 to 1000", count => count is >= 1 and <= 1000);
        var device = CommonOptions.Device();
        var json = CommonOptions.Json();
        var command = new SamedCommand("demo", "Shows the main job on generated phantom CT volumes: trains a small SAM with LoRA, segments held-out cases, scores and draws them.",
            "samed demo",
            "samed demo --output my-demo --json scores.json",
            "samed demo --output my-demo --device cuda",
            "samed demo --output my-demo --data-only --cases 4 --seed 7")
        {
            output, dataOnly, cases, seed, device, json,
        };
        return command.Does(host, context => Run(context, context.Get(output), context.Find(dataOnly), context.Get(cases), context.Get(seed), context.Get(device), context.Find(json)));
    }

    private static int Run(CommandContext context, string folder, bool dataOnly, int cases, int seed, string device, string? json)
    {
        if (!dataOnly && cases <= DemoRecipe.HeldOutCases)
        {
            throw new UsageException($"--cases must be above {DemoRecipe.HeldOutCases}, the number held out of training; got {cases}.");
        }
        ResultFile.EnsureWritable(json);
        if (!dataOnly)
        {
            LibTorch.Load(context.LibTorchFolder);
            // Before anything is written: a device that is not there.
            Devices.Resolve(device);
            ClearEarlierRun(folder);
        }
        var data = PhantomDataSet.Write(Path.Combine(folder, "data"), cases, seed, context.Console, context.Cancellation);
        var files = data.Cases.SelectMany(name => new[] { data.ImageOf(name), data.LabelsOf(name) });
        if (dataOnly)
        {
            CommandRecord.Write(context, folder, files, seed: seed);
            context.Console.Line($"{data.Cases.Count} phantom volumes: {data.ImagesFolder} and {data.LabelsFolder}");
            return ExitCodes.Ok;
        }
        if (new Demonstration(context, data, folder, seed, device).Run() is not { } report)
        {
            context.Console.Line("Stopped. Run the demo again to start over.");
            return context.Host.ExitCodeOnCancel;
        }
        CommandRecord.Write(context, folder, files, Devices.Resolve(device).ToString(), seed);
        if (json is not null)
        {
            ResultFile.WriteText(json, report.ToJson());
        }
        return ExitCodes.Ok;
    }

    /// <summary>The demonstration always starts over: what an earlier one trained here is worth two minutes, and only its own files go.</summary>
    private static void ClearEarlierRun(string folder)
    {
        var run = Path.Combine(folder, "run");
        if (!RunFolder.HoldsRun(run))
        {
            return;
        }
        if (RunFolder.DataOf(run) != Path.GetFullPath(Path.Combine(folder, "data")))
        {
            throw new CommandFailedException($"{run} holds a training run that is not the demonstration's, which would be deleted. Choose another --output.");
        }
        Directory.Delete(run, recursive: true);
    }
}
