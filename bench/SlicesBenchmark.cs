using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;

namespace SAMed.MLNet.Bench;

/// <summary>How fast slices of NIfTI files come, and how much memory a pass over 10, 100 and 400 volumes takes. Every pass runs in a process of its own, whose peak is its alone.</summary>
internal static class SlicesBenchmark
{
    private const int Cursors = 4, DifferentVolumes = 4;

    private static readonly PhantomOptions Size = new() { Depth = 40, Height = 256, Width = 256, SpacingXMm = 1.4, SpacingYMm = 1.4, SpacingZMm = 3 };

    private static readonly (string Name, string Text)[] Modes =
        [("cases", "Case only, no voxel"), ("order", "Image and Label in order"), ("shuffled", "the same, shuffled, 4 volumes in memory"), ("parallel", "the same, 4 parallel cursors")];

    /// <summary>Runs everything, or, given its own arguments, the one pass that they name. False when they make no sense.</summary>
    public static bool Run(string[] arguments)
    {
        switch (arguments)
        {
            case []:
                RunAll();
                return true;
            case [var folder, var cases, var mode] when int.TryParse(cases, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && Modes.Any(known => known.Name == mode):
                Pass(folder, count, mode);
                return true;
            default:
                Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- slices");
                return false;
        }
    }

    private static void RunAll()
    {
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        try
        {
            Write(folder, cases: 400);
            foreach (var cases in new[] { 10, 100, 400 })
            {
                foreach (var (name, text) in Modes)
                {
                    Console.Write($"{cases} volumes, {text}: ");
                    OwnProcess.Run("slices", folder, cases.ToString(CultureInfo.InvariantCulture), name);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A few phantoms, each under many names: files are read one by one, whatever they hold.</summary>
    private static void Write(string folder, int cases)
    {
        for (var number = 0; number < cases; number++)
        {
            if (number < DifferentVolumes)
            {
                var (hu, labels) = AbdomenPhantom.Create(number, Size);
                VolumeFile.Write(Image(folder, number), hu, ImageStorage.Int16);
                VolumeFile.Write(Label(folder, number), labels);
                continue;
            }
            File.Copy(Image(folder, number % DifferentVolumes), Image(folder, number));
            File.Copy(Label(folder, number % DifferentVolumes), Label(folder, number));
        }
    }

    private static string Image(string folder, int number) => Path.Combine(folder, $"image{number:000}.nii.gz");

    private static string Label(string folder, int number) => Path.Combine(folder, $"label{number:000}.nii.gz");

    private static void Pass(string folder, int cases, string mode)
    {
        var data = new MLContext(1).Data.LoadSlices(
            Enumerable.Range(0, cases).Select(number => new LabelledFile($"case{number:000}", Image(folder, number), Label(folder, number))), new() { Labels = LabelTable.Synapse });
        string[] columns = mode == "cases" ? ["Case"] : ["Image", "Label"];
        DataViewSchema.Column[] needed = [.. columns.Select(name => data.Schema[name])];
        var cursors = mode == "parallel" ? data.GetRowCursorSet(needed, Cursors) : [data.GetRowCursor(needed, mode == "shuffled" ? new Random(1) : null)];
        using var stop = new CancellationTokenSource();
        var peak = Task.Run(() => PeakManagedBytes(stop.Token));
        var start = Stopwatch.GetTimestamp();
        Task.WaitAll([.. cursors.Select(cursor => Task.Factory.StartNew(() => Drain(cursor, readsVoxels: mode != "cases"), TaskCreationOptions.LongRunning))]);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        stop.Cancel();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(Timing.Text(
            $"{data.GetRowCount()!.Value / seconds:F0} rows/s, peak managed {peak.Result / 1048576.0:F0} MiB, peak RSS {process.PeakWorkingSet64 / 1048576.0:F0} MiB"));
    }

    private static void Drain(DataViewRowCursor cursor, bool readsVoxels)
    {
        using (cursor)
        {
            VBuffer<float> image = default;
            VBuffer<byte> label = default;
            ReadOnlyMemory<char> name = default;
            Action read = readsVoxels ? ReadVoxels(cursor) : ReadName(cursor);
            while (cursor.MoveNext())
            {
                read();
            }

            Action ReadVoxels(DataViewRow row)
            {
                var (getImage, getLabel) = (row.GetGetter<VBuffer<float>>(row.Schema["Image"]), row.GetGetter<VBuffer<byte>>(row.Schema["Label"]));
                return () =>
                {
                    getImage(ref image);
                    getLabel(ref label);
                };
            }

            Action ReadName(DataViewRow row)
            {
                var getName = row.GetGetter<ReadOnlyMemory<char>>(row.Schema["Case"]);
                return () => getName(ref name);
            }
        }
    }

    private static long PeakManagedBytes(CancellationToken stop)
    {
        var peak = 0L;
        while (!stop.IsCancellationRequested)
        {
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            Thread.Sleep(2);
        }
        return peak;
    }
}
