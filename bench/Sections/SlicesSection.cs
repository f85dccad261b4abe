using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>How fast slices of NIfTI files come, and how much memory a pass over 10, 100 and 400 volumes takes. Every pass runs in a process of its own, whose peak is its alone.</summary>
internal static class SlicesSection
{
    private const int Cursors = 4, DifferentVolumes = 4;

    private static readonly PhantomOptions Size = new() { Depth = 40, Height = 256, Width = 256, SpacingXMm = 1.4, SpacingYMm = 1.4, SpacingZMm = 3 };

    private static readonly (string Name, string Text)[] Modes =
        [("cases", "Case only, no voxel"), ("order", "Image and Label in order"), ("shuffled", "the same, shuffled, 4 volumes in memory"), ("parallel", "the same, 4 parallel cursors")];

    public static void Run(BenchOptions options, Report report)
    {
        var folder = Directory.CreateTempSubdirectory("samed-bench-").FullName;
        int[] counts = options.Quick ? [10] : [10, 100, 400];
        try
        {
            Write(folder, counts[^1]);
            foreach (var cases in counts)
            {
                foreach (var (name, text) in Modes)
                {
                    var found = OwnProcess.Probe("slices", folder, cases.ToString(CultureInfo.InvariantCulture), name);
                    report.Add(Numbers.Text($"{cases} volumes, {text}"),
                        Numbers.Text($"{found["rows"]:N0} rows/s, peak managed {Numbers.Bytes(found["managed"])}, peak of the process {Numbers.Bytes(found["peak"])}"));
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

    /// <summary>A process that goes through the rows once: FOLDER CASES cases|order|shuffled|parallel.</summary>
    public static void Pass(string[] words)
    {
        var (folder, cases, mode) = (words[0], int.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
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
        OwnProcess.Answer(new() { ["rows"] = data.GetRowCount()!.Value / seconds, ["managed"] = peak.Result, ["peak"] = ProcessMemory.Peak });
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
