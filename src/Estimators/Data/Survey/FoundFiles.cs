namespace SAMed.MLNet.Estimators.Data;

/// <summary>A pair of files that belong together by their names and places; nothing of them is read yet.</summary>
/// <param name="Name">The case.</param>
/// <param name="ImagePath">File of the image.</param>
/// <param name="LabelPath">File of the label map.</param>
/// <param name="Slice">Slice number for a file that holds one slice.</param>
/// <param name="Part">The part of the split that the folder's name says; null where it says none.</param>
internal sealed record FoundPair(string Name, string ImagePath, string LabelPath, int? Slice = null, DatasetParts? Part = null);

/// <summary>What a look at the names in a folder gave.</summary>
/// <param name="Layout">One of <see cref="DatasetDescription.Layouts"/>.</param>
/// <param name="Where">The folders or files, for people.</param>
/// <param name="Pairs">The cases.</param>
/// <param name="Findings">Files without a partner.</param>
internal sealed record FoundFiles(string Layout, string Where, IReadOnlyList<FoundPair> Pairs, IReadOnlyList<SurveyFinding> Findings);
