using System.CommandLine;
using SAMed.MLNet.Cli.Demo;
using SAMed.MLNet.Cli.Hosting;

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
        cases.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--cases takes a number from 1 to 1000.");
            }
        });
        var command = new SamedCommand("demo", "Generates phantom CT volumes with eight organs as NIfTI files.",
            "samed demo --data-only",
            "samed demo --output my-demo --data-only --cases 4 --seed 7")
        {
            output, dataOnly, cases, seed,
        };
        return command.Does(host, context =>
        {
            if (!context.Find(dataOnly))
            {
                throw new UsageException("demo writes the phantom data only; add --data-only.");
            }
            var data = PhantomDataSet.Write(Path.Combine(context.Get(output), "data"), context.Get(cases), context.Get(seed), context.Console, context.Cancellation);
            context.Console.Line($"{data.Cases.Count} phantom volumes: {data.ImagesFolder} and {data.LabelsFolder}");
            return ExitCodes.Ok;
        });
    }
}
