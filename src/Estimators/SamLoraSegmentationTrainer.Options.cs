using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators;

public sealed partial class SamLoraSegmentationTrainer
{
    /// <summary>What to train, on which columns and how. The defaults are the published SAMed recipe (arXiv 2304.13785) on the columns of <c>LoadSlices</c>.</summary>
    public sealed record Options
    {
        /// <summary>Images to learn from: Vector&lt;Single&gt; of C×h×w values in about [0, 1] (NormalizeSlice), row by row. Default <c>Image</c>.</summary>
        public string ImageColumnName { get; init; } = "Image";

        /// <summary>Channels C of the images: 1 for grey, 3 for pictures in colour, as in LoadSlices and ResizeSlice. Default 1.</summary>
        public int Channels { get; init; } = 1;

        /// <summary>Label maps: Vector&lt;Byte&gt; of class ids, 0 = background, at the size of the image or of the slice in its file; the trainer brings them to
        /// the image's size by nearest neighbour. Default <c>Label</c>.</summary>
        public string LabelColumnName { get; init; } = "Label";

        /// <summary>Added to scored data: Vector&lt;Byte&gt; of H×W class ids. Default <c>PredictedLabel</c>.</summary>
        public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

        /// <summary>Added to scored data: Vector&lt;Single&gt; of (C+1)×H×W probabilities, whose argmax over the classes is the predicted label. Default null = not added.</summary>
        public string? ProbabilityColumnName { get; init; }

        /// <summary>Rows H of the slice in its file, Int32. With <see cref="WidthColumnName"/> in the data, predictions have the slice's own size, whatever the image was
        /// resized to; without, the image's. Needed when the image column's vector has no fixed size. Default <c>Height</c>.</summary>
        public string HeightColumnName { get; init; } = "Height";

        /// <summary>Columns W of the slice in its file, Int32. Default <c>Width</c>.</summary>
        public string WidthColumnName { get; init; } = "Width";

        /// <summary>The patient, Text: validation counts Dice over whole cases, and errors name it. Data without a column <c>Case</c> count as one case; one of another name must be there. Default <c>Case</c>.</summary>
        public string CaseColumnName { get; init; } = "Case";

        /// <summary>Number of the slice in its case, Int32: only for errors. Default <c>Slice</c>.</summary>
        public string SliceColumnName { get; init; } = "Slice";

        /// <summary>The architecture. Its number of classes is replaced by that of <see cref="Classes"/>, and its <see cref="SamOptions.InputSize"/> is left to ResizeSlice. Default <see cref="SamOptions.VitB"/> at 512×512.</summary>
        public SamOptions Model { get; init; } = SamOptions.VitB;

        /// <summary>A SAM checkpoint to start from (.pth or .safetensors, trained at any image size). Default null = random weights, which is for small models and tests.</summary>
        public string? SamFile { get; init; }

        /// <summary>A LoRA file to start from, weights only. Default null = fresh adapters.</summary>
        public string? LoraFile { get; init; }

        /// <summary>What adapts. Default: LoRA of rank 4 on q and v of every encoder block, with the prompt encoder and the mask decoder.</summary>
        public LoraOptions Lora { get; init; } = new();

        /// <summary>Names of the classes 1..C. Default null = those that LoadSlices attached to the label column.</summary>
        public IReadOnlyList<string>? Classes { get; init; }

        /// <summary>How to train. A null seed is drawn from the MLContext's; a run that is continued keeps its own.</summary>
        public TrainingOptions Training { get; init; } = new();

        /// <summary>Edge rule of resizing; <see cref="ZoomEdge.Paper"/> has the reference's zero last row and column. Default <see cref="ZoomEdge.Exact"/>.</summary>
        public ZoomEdge ZoomEdge { get; init; } = ZoomEdge.Exact;

        /// <summary>Slices per forward pass when the trained model scores data. It does not change the result beyond rounding. Default 4.</summary>
        public int PredictionBatchSize { get; init; } = 4;

        /// <summary>In which format the trained model computes when it scores data; how it trains is <see cref="TrainingOptions.Precision"/>. Not saved with the model:
        /// <see cref="LoadModelOptions.Precision"/> says it again. Default <see cref="Precision.Fp32"/>.</summary>
        public Precision PredictionPrecision { get; init; } = Precision.Fp32;

        /// <summary>Rows to validate on, with the same columns as the training data after the transforms before the trainer. The model keeps the weights of the epoch
        /// with the best mean Dice on them. Default null = the last weights.</summary>
        public IDataView? ValidationSet { get; init; }

        /// <summary>A folder for checkpoints, curves and the state to go on from, as <c>samed train --output</c> keeps. One folder holds
        /// one run: leave it out for a cross-validation. Default null = nothing is written.</summary>
        public string? OutputFolder { get; init; }

        /// <summary>Whether to continue an interrupted run in <see cref="OutputFolder"/>, bit for bit when the data view gives the same rows. Default false.</summary>
        public bool Resume { get; init; }

        /// <summary>Epochs after which Fit stops for now, counted from the run's first, 1 to <see cref="TrainingOptions.Epochs"/>; the learning rate follows the schedule of the whole training. It gives
        /// the best weights so far. A Fit with <see cref="Resume"/> and a later epoch goes on, to the bits of one that was never stopped. Needs an <see cref="OutputFolder"/>. Default null = to the end.</summary>
        public int? UntilEpoch { get; init; }

        /// <summary>Gets a report after every step and every validation, on the training thread. Default null.</summary>
        public IProgress<TrainingProgress>? Progress { get; init; }

        /// <summary>Ends Fit between two steps with an <see cref="OperationCanceledException"/>; with an <see cref="OutputFolder"/> the state is saved first.</summary>
        public CancellationToken CancellationToken { get; init; }

        /// <summary>Checks every option.</summary>
        /// <exception cref="ArgumentException">Lists every fault.</exception>
        public void Validate()
        {
            List<string> faults = [];
            if (Model is null || Lora is null || Training is null)
            {
                throw new ArgumentException("Options of the SAM LoRA trainer: Model, Lora and Training must not be null. Leave them out for the defaults.");
            }
            foreach (var (name, value) in ColumnNames())
            {
                if (string.IsNullOrEmpty(value))
                {
                    faults.Add($"{name} is empty, expected the name of a column");
                }
            }
            foreach (var twice in ColumnNames().GroupBy(column => column.Value).Where(group => group.Count() > 1))
            {
                faults.Add($"the column name '{twice.Key}' is given for {string.Join(" and ", twice.Select(column => column.Name))}");
            }
            Refuse(!ImageChannels.IsPossible(Channels), $"Channels must be 1 (grey) or 3 (colour), got {Channels}");
            Refuse(PredictionBatchSize < 1, $"PredictionBatchSize must be at least 1, got {PredictionBatchSize}");
            Refuse(!Enum.IsDefined(PredictionPrecision), $"PredictionPrecision must be Fp32 or Bf16, got {PredictionPrecision}");
            Refuse(Classes is { Count: 0 or > byte.MaxValue }, $"Classes must name 1 to {byte.MaxValue} classes, got {Classes?.Count}");
            Refuse(Classes?.Any(string.IsNullOrWhiteSpace) == true, "Classes holds a name that is empty");
            Refuse(Classes is not null && Classes.Distinct(StringComparer.Ordinal).Count() != Classes.Count, "Classes holds a name twice");
            Refuse(Resume && OutputFolder is null, "Resume needs the OutputFolder of the run to continue");
            Refuse(UntilEpoch is not null && OutputFolder is null, "UntilEpoch stops a run that is to go on later: name an OutputFolder");
            Refuse(Training.KeepEvery is not null && OutputFolder is null, "Training.KeepEvery keeps checkpoints in a folder: name an OutputFolder");
            Refuse(Training.EarlyStoppingPatience is not null && ValidationSet is null, "Training.EarlyStoppingPatience needs a ValidationSet");
            Refuse(!Enum.IsDefined(ZoomEdge), $"ZoomEdge is Exact or Paper, got {ZoomEdge}");
            foreach (var (name, path) in new[] { (nameof(SamFile), SamFile), (nameof(LoraFile), LoraFile) })
            {
                Refuse(path is not null && !File.Exists(path), $"{name}: there is no file {path}");
            }
            if (faults.Count > 0)
            {
                throw new ArgumentException($"Options of the SAM LoRA trainer: {string.Join("; ", faults)}.");
            }
            Training.Validate();
            SegmentationTrainer.RequireEpoch(UntilEpoch, Training);

            void Refuse(bool wrong, string fault)
            {
                if (wrong)
                {
                    faults.Add(fault);
                }
            }
        }

        private IEnumerable<(string Name, string? Value)> ColumnNames() =>
        [
            (nameof(ImageColumnName), ImageColumnName),
            (nameof(LabelColumnName), LabelColumnName),
            (nameof(PredictedLabelColumnName), PredictedLabelColumnName),
            (nameof(HeightColumnName), HeightColumnName),
            (nameof(WidthColumnName), WidthColumnName),
            (nameof(CaseColumnName), CaseColumnName),
            (nameof(SliceColumnName), SliceColumnName),
            .. ProbabilityColumnName is null ? Array.Empty<(string, string?)>() : [(nameof(ProbabilityColumnName), ProbabilityColumnName)],
        ];
    }
}
