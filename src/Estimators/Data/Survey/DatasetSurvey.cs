using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>A data folder after a look at every file in it: what is there, what is wrong, and a description of it to train with.</summary>
public sealed record DatasetSurvey
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>One of <see cref="DatasetDescription.Layouts"/>.</summary>
    public required string Layout { get; init; }

    /// <summary>Where images and labels were found, for people.</summary>
    public required string Where { get; init; }

    /// <summary>The cases that could be read, faulty ones too.</summary>
    public required IReadOnlyList<CaseFacts> Cases { get; init; }

    /// <summary>What is wrong or doubtful, in the order of the files.</summary>
    public required IReadOnlyList<SurveyFinding> Findings { get; init; }

    /// <summary>The description, to be looked at and written; null where errors are in the way.</summary>
    public DatasetDescription? Description { get; init; }

    /// <summary>What the proposal rests on, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Number of errors.</summary>
    public int ErrorCount => Findings.Count(finding => finding.Severity == FindingSeverity.Error);

    /// <summary>Reads every file of <paramref name="folder"/>, several at a time.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">What to propose; null = all defaults.</param>
    /// <param name="progress">Gets cases read and cases to read; called from several threads.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="DataFolderException">It holds no labelled images.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static DatasetSurvey Run(
        string folder, DatasetSurveyOptions? options = null, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new();
        options.Validate();
        folder = Path.GetFullPath(folder);
        var found = new DatasetFinder(folder, options.ImageFolder, options.LabelFolder).Find();
        List<SurveyFinding> findings = [.. found.Findings];
        var labels = options.Labels ?? NnUNetTable(folder, findings);
        var patientOf = Patients(options.PatientPattern, found, findings, folder);
        var results = new (CaseFacts? Facts, IReadOnlyList<SurveyFinding> Findings)[found.Pairs.Count];
        var (checker, done) = (new CaseChecker(folder, labels), 0);
        // A case takes several times its voxels in memory: more at once than this gains little, since the disk is shared.
        Parallel.For(0, results.Length, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Math.Min(4, Environment.ProcessorCount) }, index =>
        {
            results[index] = checker.Check(found.Pairs[index], patientOf(found.Pairs[index].Name));
            progress?.Report((Interlocked.Increment(ref done), results.Length));
        });
        findings.AddRange(results.SelectMany(result => result.Findings));
        var sound = results.Where(result => result.Facts is not null && result.Findings.All(finding => finding.Severity == FindingSeverity.Warning)).Select(result => result.Facts!).ToArray();
        findings.AddRange(WholeSetChecks.Run(sound, named: labels is not null));
        var proposal = new DatasetProposal(folder, found.Layout, options, labels);
        var mayDescribe = sound.Length > 0 && (options.SkipFaulty || findings.All(finding => finding.Severity == FindingSeverity.Warning));
        var description = mayDescribe ? proposal.Describe(sound, findings) : null;
        return new()
        {
            Folder = folder,
            Layout = found.Layout,
            Where = found.Where,
            Cases = [.. results.Select(result => result.Facts).OfType<CaseFacts>()],
            Findings = findings,
            Description = description,
            Notes = proposal.Notes,
        };
    }

    private static LabelTable? NnUNetTable(string folder, List<SurveyFinding> findings)
    {
        var path = Path.Combine(folder, DatasetDescription.FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            using var file = DatasetDescriptionReader.Parse(path);
            var isNnUNet = file.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object && file.RootElement.TryGetProperty("labels", out _);
            return isNnUNet ? LabelTable.ParseNnUNet(file.RootElement.GetRawText(), path) : null;
        }
        catch (LabelTableException fault)
        {
            findings.Add(SurveyFinding.Error(DatasetDescription.FileName, fault.Message, "say which ids are which class in a table of your own: --labels FILE.json"));
        }
        catch (DatasetDescriptionException fault)
        {
            findings.Add(SurveyFinding.Error(DatasetDescription.FileName, fault.Message, "correct or remove the file; its other content could not be kept otherwise"));
        }
        return null;
    }

    private static Func<string, string> Patients(string? pattern, FoundFiles found, List<SurveyFinding> findings, string folder)
    {
        if (pattern is null)
        {
            var (names, warning) = PatientNames.For([.. found.Pairs.Select(pair => pair.Name)]);
            findings.AddRange(warning is null ? [] : [warning]);
            return names;
        }
        var rule = PatientNames.By(pattern);
        findings.AddRange(found.Pairs.Where(pair => rule(pair.Name) is null).DistinctBy(pair => pair.Name).Select(pair =>
            SurveyFinding.Error(RelativePath.Of(folder, pair.ImagePath), $"the case '{pair.Name}' does not match the pattern of patients {pattern}", "change the pattern so that it finds the patient in every name")));
        return name => rule(name) ?? name;
    }
}
