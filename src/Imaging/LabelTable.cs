using System.Collections.Frozen;

namespace SAMed.MLNet.Imaging;

/// <summary>One class that a network tells apart.</summary>
/// <param name="Id">1..C; 0 is the background and no class.</param>
/// <param name="Name">The organ's name.</param>
public sealed record LabelClass(int Id, string Name);

/// <summary>Which ids in a data set's label files mean which class. Every id must be named, as a class or as background: a label map of
/// another numbering is an error, not a wrong training set.</summary>
public sealed class LabelTable
{
    private const ushort Unknown = ushort.MaxValue;
    private readonly ushort[] _classOf;

    internal LabelTable(string name, IReadOnlyList<LabelClass> classes, IReadOnlyDictionary<int, int> fileIds, bool othersAreBackground = false)
    {
        (Name, Classes, FileIds, OthersAreBackground) = (name, classes, fileIds.ToFrozenDictionary(), othersAreBackground);
        _classOf = new ushort[ushort.MaxValue + 1];
        Array.Fill(_classOf, othersAreBackground ? (ushort)0 : Unknown);
        _classOf[0] = 0;
        foreach (var (fileId, classId) in fileIds)
        {
            _classOf[fileId] = (ushort)classId;
        }
    }

    /// <summary>SAMed's own ids, as in its preprocessed Synapse data: 0 background, 1 spleen, 2 right kidney, 3 left kidney, 4 gallbladder, 5 liver,
    /// 6 stomach, 7 aorta, 8 pancreas.</summary>
    public static LabelTable Synapse => KnownLabelTables.Synapse;

    /// <summary>The original ids 0..13 of the BTCV abdomen challenge ("Beyond the Cranial Vault"), mapped to SAMed's eight organs; oesophagus, vena cava,
    /// portal and splenic veins and adrenal glands become background. SAMed, preprocess_data.py.</summary>
    public static LabelTable Btcv => KnownLabelTables.Btcv;

    /// <summary>TotalSegmentator v2, task "total" (CT), ids 1..117, mapped to SAMed's eight organs; everything else becomes background.</summary>
    public static LabelTable TotalSegmentator => KnownLabelTables.TotalSegmentator;

    /// <summary>AMOS 2022, ids 0..15, mapped to SAMed's eight organs; the other seven become background.</summary>
    public static LabelTable Amos => KnownLabelTables.Amos;

    /// <summary>The built-in tables, in the order shown to users.</summary>
    public static IReadOnlyList<LabelTable> BuiltIn => KnownLabelTables.All;

    /// <summary>The table's name.</summary>
    public string Name { get; }

    /// <summary>The classes 1..C, in order.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>C, without the background.</summary>
    public int ClassCount => Classes.Count;

    /// <summary>Ids in files → class ids, 0 for those that count as background.</summary>
    public IReadOnlyDictionary<int, int> FileIds { get; }

    /// <summary>Whether ids that are not in <see cref="FileIds"/> count as background instead of being an error.</summary>
    public bool OthersAreBackground { get; }

    /// <summary>A built-in table by name (synapse, btcv, totalsegmentator, amos; case does not matter), or one from a JSON file:
    /// <code>{ "name": "mine", "classes": [ { "id": 1, "name": "liver", "from": [5, 6] }, { "id": 2, "name": "tumour", "from": [7] } ], "background": [1, 2] }</code>
    /// <c>id</c> runs from 1 without gaps; <c>from</c> are the ids in the files (default: the id itself); <c>background</c> are further ids that count as
    /// background beside 0, or the text "others" for all other ids. A <c>dataset.json</c> is read too: the classes under its key "samed", or else the "labels" of nnU-Net's.</summary>
    /// <exception cref="FileNotFoundException">Neither a name nor a file.</exception>
    /// <exception cref="LabelTableException">The file is no such table; says which field.</exception>
    public static LabelTable Load(string nameOrJsonFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrJsonFile);
        foreach (var table in BuiltIn)
        {
            if (table.Name.Equals(nameOrJsonFile, StringComparison.OrdinalIgnoreCase))
            {
                return table;
            }
        }
        return File.Exists(nameOrJsonFile)
            ? LabelTableJson.Parse(File.ReadAllText(nameOrJsonFile), nameOrJsonFile)
            : throw new FileNotFoundException(
                $"No label table '{nameOrJsonFile}': give {string.Join(", ", BuiltIn.Select(table => table.Name))} or an existing JSON file.", nameOrJsonFile);
    }

    /// <summary>A table made in code.</summary>
    /// <param name="name">The table's name.</param>
    /// <param name="classes">Name and file ids of the classes 1..C, in order; at least one class, and every file id (1..65534) once.</param>
    /// <param name="background">Further file ids that count as background; null = none but 0.</param>
    /// <param name="othersAreBackground">Whether all other ids count as background too.</param>
    /// <exception cref="LabelTableException">There is no class, one has no name, or an id is out of range or given twice.</exception>
    public static LabelTable Create(
        string name, IReadOnlyList<(string Name, IReadOnlyList<int> FileIds)> classes, IReadOnlyList<int>? background = null, bool othersAreBackground = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(classes);
        return LabelTableJson.Build(name, classes, background ?? [], othersAreBackground, name, prefix: "");
    }

    /// <summary>A table from the text of a JSON file; see <see cref="Load"/>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="path">Where it comes from, for the error.</param>
    /// <exception cref="LabelTableException">The text is no such table; says which field.</exception>
    public static LabelTable Parse(string json, string path)
    {
        ArgumentNullException.ThrowIfNull(json);
        return LabelTableJson.Parse(json, path);
    }

    /// <summary>The classes that nnU-Net's dataset.json names under "labels", whatever else the file holds.</summary>
    /// <param name="json">The text of the file.</param>
    /// <param name="path">Where it comes from, for the error.</param>
    /// <exception cref="LabelTableException">The text has no such labels, or they are regions or an ignore label.</exception>
    public static LabelTable ParseNnUNet(string json, string path)
    {
        ArgumentNullException.ThrowIfNull(json);
        return LabelTableJson.ParseNnUNet(json, path);
    }

    /// <summary>The table in the form that <see cref="Load"/> reads.</summary>
    public string ToJson() => LabelTableJson.Format(this);

    /// <summary>File ids to class ids, on the same grid.</summary>
    /// <param name="raw">The label map as the file has it.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="LabelTableException">An id is not in the table: lists the ids, their numbers of voxels, the table, and what may help.</exception>
    public LabelVolume Map(LabelVolume raw, string path)
    {
        ArgumentNullException.ThrowIfNull(raw);
        var source = raw.Voxels;
        var mapped = GC.AllocateUninitializedArray<ushort>(source.Length);
        var highest = 0;
        for (var n = 0; n < mapped.Length; n++)
        {
            var id = _classOf[source[n]];
            mapped[n] = id;
            highest = Math.Max(highest, id);
        }
        if (highest == Unknown)
        {
            ThrowUnknown(raw, path);
        }
        return new LabelVolume(raw.Geometry, mapped);
    }

    /// <summary>Whether the table says what an id in a file means.</summary>
    public bool Knows(int fileId) => fileId is >= 0 and <= ushort.MaxValue && _classOf[fileId] != Unknown;

    internal string DescribeKnownIds()
    {
        if (OthersAreBackground)
        {
            return "every id";
        }
        // Runs of neighbours as "0..8".
        var ids = FileIds.Keys.Append(0).Distinct().Order().ToArray();
        var runs = new List<string>();
        for (int first = 0, n = 1; n <= ids.Length; n++)
        {
            if (n == ids.Length || ids[n] != ids[n - 1] + 1)
            {
                runs.Add(first == n - 1 ? $"{ids[first]}" : $"{ids[first]}..{ids[n - 1]}");
                first = n;
            }
        }
        return string.Join(", ", runs);
    }

    private void ThrowUnknown(LabelVolume raw, string path)
    {
        var counts = raw.CountLabels();
        var unknown = new SortedDictionary<int, int>(counts.Where(pair => !Knows(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value));
        var fitting = BuiltIn.Where(table => table != this && counts.Keys.All(table.Knows)).Select(table => table.Name).ToArray();
        var advice = fitting.Length > 0
            ? $"If the file uses another numbering, choose its table: {string.Join(" or ", fitting)} {(fitting.Length == 1 ? "knows" : "know")} all its ids. Otherwise describe the ids in a JSON table."
            : "No built-in table knows all its ids: check that it is a label map, or describe the ids in a JSON table (ids to ignore go to \"background\").";
        throw LabelTableException.Unknown(path, unknown, this, advice);
    }
}
